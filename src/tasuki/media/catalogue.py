"""Which files the screens give and what each takes, read from `data/downloads.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from tasuki.media.types import Download, Standing

#: The one kind that a command of the server makes, as it may be of many people; it is asked for there, too.
FHIR_DOCUMENTS: Final = "fhir-documents"


@cache
def downloads() -> Mapping[str, Download]:
    """Return every kind of file by its key."""
    content = tomllib.loads(files("tasuki.media").joinpath("data", "downloads.toml").read_text("utf-8"))
    return {key: _download(key, entry) for key, entry in content.items()}


def standing_of(key: str) -> Standing:
    """Return what a file takes; one that is not in the list takes an approval."""
    found = downloads().get(key)
    return Standing.APPROVAL if found is None else found.standing


def _download(key: str, entry: Mapping[str, str]) -> Download:
    purpose = (entry["purpose_ja"], entry["purpose_en"]) if "purpose_ja" in entry else None
    return Download(
        key, Standing(entry["standing"]), (entry["ja"], entry["en"]), (entry["why_ja"], entry["why_en"]), purpose
    )
