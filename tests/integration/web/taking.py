"""Takes a file out of a town as staff do: requested, approved by another, made, taken, opened with its password."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import pyzipper
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tasuki.accounts.models import Staff
from tasuki.accounts.types import Role
from tasuki.media.archives import COVER_NAME
from tests.integration.logged_in import browser_of, logged_in_as
from tests.integration.web.conftest import AT, SYSTEM


def wish(**changed: str) -> dict[str, str]:
    """Return what somebody writes who wants a file."""
    return {
        "about": "架空の住民1人分",
        "purpose": "結果の引継ぎ",
        "recipient": "架空区医師会",
        "medium": "USB",
        "serial": "USB-007",
        "days": "3",
        "return_by": (timezone.localdate() + timedelta(days=7)).isoformat(),
    } | changed


def approver() -> Client:
    """Return the browser of somebody who decides about exports."""
    known = Staff.objects.filter(role=Role.APPROVER.value).first()
    if known is None:
        return browser_of(Role.APPROVER, "承認 花子", "情報政策課", by=SYSTEM, at=AT)
    return logged_in_as(known)


def requested(client: Client, address: str, chosen: Mapping[str, Any] | None = None, **changed: str) -> str:
    """Press the button that gives a file, say what for, and return the address of the request."""
    asked = client.post(address, chosen or {})
    assert asked.status_code == 200, asked.status_code
    assert not asked.has_header("Content-Disposition")
    kept = client.post(reverse("export-ask"), wish(**changed) | {"call": asked.context["call"]})
    assert kept.status_code == 302, kept.context["form"].errors
    return str(kept["Location"])


def decide(address: str, act: str = "approve", reason: str = "") -> None:
    """Decide about a request as somebody else."""
    assert approver().post(f"{address}decide/", {"act": act, "reason": reason}).status_code == 302


def opened(archive: bytes, password: str) -> dict[str, bytes]:
    """Return the files of an archive."""
    with pyzipper.AESZipFile(BytesIO(archive)) as files:
        files.setpassword(password.encode())
        return {name: files.read(name) for name in files.namelist()}


def take_out(client: Client, address: str, chosen: Mapping[str, Any] | None = None) -> tuple[str, bytes]:
    """Take a file out; return its name and what is in it."""
    request = requested(client, address, chosen)
    decide(request)
    made = client.post(f"{request}make/")
    assert made.status_code == 200, made.get("Location")
    taken = client.post(f"{request}take/")
    assert taken["Content-Type"] == "application/zip"
    files = opened(taken.content, made.context["archive"].password)
    del files[COVER_NAME]
    [(name, content)] = files.items()
    return name, content
