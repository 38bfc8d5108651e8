"""Settings of a town as a process reads them from its node's file: cookies behind TLS, keys handed over."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasuki.config.databases import connection_settings
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.types import NodeConfig, Screens, write_node
from tests.unit.cli.test_machine import node

PROGRAM = """
import json
from django.conf import settings
names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_PATH",
         "SESSION_COOKIE_DOMAIN", "SECURE_HSTS_SECONDS", "LANGUAGE_COOKIE_SECURE", "SECRET_KEY")
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def settings_of(own: NodeConfig, **more: str) -> dict[str, object]:
    """Return what the settings of a town say in a process of its own."""
    write_node(own, own.folder / "node.toml")
    environment = os.environ | {
        "TASUKI_NODE_FILE": str(own.folder / "node.toml"),
        "DJANGO_SETTINGS_MODULE": "tasuki.config.settings.town",
        **more,
    }
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_behind_tls_cookies_are_bound_to_this_host_and_to_tls(tmp_path: Path) -> None:
    write_secret(tmp_path / "master.key", bytes(32))
    plain = settings_of(node(tmp_path))
    assert (plain["SESSION_COOKIE_NAME"], plain["SESSION_COOKIE_SECURE"]) == ("sessionid", False)
    behind = settings_of(node(tmp_path, screens=Screens(behind_tls=True, proxies=("127.0.0.9",))))
    assert (behind["SESSION_COOKIE_NAME"], behind["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    # What browsers ask of such names: TLS, the whole host, and no other.
    assert (behind["SESSION_COOKIE_SECURE"], behind["SESSION_COOKIE_PATH"], behind["SESSION_COOKIE_DOMAIN"]) == (
        True, "/", None,
    )  # fmt: skip
    assert behind["SECURE_HSTS_SECONDS"] != 0
    assert behind["LANGUAGE_COOKIE_SECURE"] is True


def test_a_database_may_be_asked_with_a_certificate_instead_of_a_password() -> None:
    asked = connection_settings("postgresql://tasuki@db.example.jp/town?sslcert=/c.crt&sslkey=/c.key")
    assert (asked["PASSWORD"], asked["OPTIONS"]["sslcert"], asked["OPTIONS"]["sslkey"]) == ("", "/c.crt", "/c.key")
    assert asked["OPTIONS"]["sslmode"] == "verify-full"
    socket = connection_settings("postgresql://tasuki_town@/tasuki?host=/run/postgresql")
    assert (socket["PASSWORD"], socket["HOST"]) == ("", "/run/postgresql")


def test_keys_that_the_service_manager_hands_over_come_before_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, handed = tmp_path / "town-z", tmp_path / "credentials"
    folder.mkdir()
    handed.mkdir()
    write_secret(folder / "master.key", bytes(32))
    from_file = NodeKeys(folder).derive("x")
    write_secret(handed / "town-z.master.key", bytes(range(32)))
    write_secret(handed / "town-y.master.key", bytes(31))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    from_vault = NodeKeys(folder).derive("x")
    (folder / "master.key").unlink()
    assert NodeKeys(folder).derive("x") == from_vault != from_file
