"""Nothing asks the outside: who opens connections is listed with its reason, and no page names another host."""

import ast
import re
from pathlib import Path

from tasuki.matching.batch import open_database
from tests.repo.source import SOURCE, modules, name_of, tree

#: Modules that speak or listen on a network, and with whom. Every other one goes through the first. Databases are
#: reached by their driver, at the addresses of the node's file.
SPEAKERS = {
    "protocol.client": "the peers of the node's file, by the connections that come next",
    "protocol.connections": "the same peers, by TLS with certificates on both sides",
    "cli.checks": "the same peers, when `tasuki doctor` asks whether they are there",
    "console.testing": "the same peers, when an operator looks at the certificate of one",
    "nodes.scanning": "the scanner of the node's file, on its own machine or beside it",
    "nodes.deployment": "this machine: which ports are free",
    "nodes.supervisor": "this machine: whether a node listens yet",
    "nodes.embedded_postgres": "this machine: the database that comes along",
    "faults.wire": "a scratch demonstration on this machine",
    "conformance.raw": "the node that is tried, and no other",
    "conformance.peer": "the node that is tried, which answers",
}
NETWORK = {
    *("aiohttp", "asyncio", "ftplib", "http", "httpcore", "httpx", "imaplib", "requests", "smtplib", "socket"),
    "telnetlib",
}
NETWORK_PARTS = {"urllib.request", "xmlrpc.client", "django.core.mail"}
#: Names of namespaces look like addresses and are never asked for.
NAMESPACES = ("http://www.w3.org/",)
ADDRESS = re.compile(r"""(?:https?:|wss?:)?//[\w-]+\.[\w.-]+[^\s"'<>)]*""")
WEB = SOURCE / "web"
PAGES = [
    path
    for folder, kinds in ((WEB / "templates", {".html"}), (WEB / "static", {".css", ".js"}), (WEB / "static", {".svg"}))
    for path in sorted(folder.rglob("*"))
    if path.suffix in kinds and path.is_file()
]


def imported(parsed: ast.AST) -> set[str]:
    """Return every module a file imports, at its top or within a function."""
    found: set[str] = set()
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def speaks(path: Path) -> bool:
    return any(name.split(".")[0] in NETWORK or name in NETWORK_PARTS for name in imported(tree(path)))


def test_only_the_modules_listed_open_connections() -> None:
    assert {name_of(path) for path in modules() if speaks(path)} == set(SPEAKERS)


def test_the_database_of_matching_fetches_nothing() -> None:
    """Its makers' server is asked for extensions otherwise, by whatever query happens to need one."""
    with open_database() as connection:
        assert connection.execute("SELECT current_setting('autoinstall_known_extensions')").fetchall() == [(False,)]
    assert [name_of(path) for path in modules() if "duckdb.connect(" in path.read_text("utf-8")] == ["matching.batch"]


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/|<!--.*?-->|^\s*//.*?$|\{#.*?#\}", "", text, flags=re.DOTALL | re.MULTILINE)


def addresses(text: str) -> list[str]:
    """Return what another host might be asked for in a page, a style or a script, comments aside."""
    return [found for found in ADDRESS.findall(without_comments(text)) if not found.startswith(NAMESPACES)]


def test_no_page_style_or_script_names_another_host() -> None:
    assert len(PAGES) > 100
    found = {path.relative_to(SOURCE).as_posix(): addresses(path.read_text("utf-8")) for path in PAGES}
    assert {name: names for name, names in found.items() if names} == {}


def test_an_address_of_another_host_would_be_seen() -> None:
    page = (
        '<script src="https://cdn.example.com/x.js"></script> <img src="//example.org/a.png"> <!-- http://a.example -->'
    )
    assert addresses(page) == ["https://cdn.example.com/x.js", "//example.org/a.png"]
    assert addresses("url(http://fonts.example.net/a.woff2)") == ["http://fonts.example.net/a.woff2"]
    assert addresses('<svg xmlns="http://www.w3.org/2000/svg">') == []
