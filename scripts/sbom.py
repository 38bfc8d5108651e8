"""Write the bill of materials (CycloneDX 1.6): every package Tasuki needs to run, and every file of others it ships.

python scripts/sbom.py FILE      writes it; the same lock gives the same bytes
python scripts/sbom.py --ages    says how old each locked package is, the oldest first
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import vendor_frontend

ROOT = vendor_frontend.ROOT
LICENCES = ROOT / "docs" / "security" / "licences.toml"
_OURS = "tasuki"


def locked() -> dict[str, dict[str, Any]]:
    """Return the entry of every package of the lock that Tasuki needs to run, its own first."""
    entries = {entry["name"]: entry for entry in tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]}
    found: dict[str, dict[str, Any]] = {}
    waiting = [_OURS]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = entries[name]
            waiting += _needed(entries[name], entries)
    return found


def vendored() -> list[vendor_frontend.Package]:
    """Return the packages whose files a town gets with Tasuki; those for tests alone it does not."""
    own = vendor_frontend
    return [own.TOKENS, own.HTMX, own.CHART, own.NOTO, *own.LETTER_FONTS]


def bill() -> dict[str, Any]:
    """Return the bill of materials."""
    licences = tomllib.loads(LICENCES.read_text("utf-8"))
    entries = locked()
    ours = entries[_OURS]
    others = [entries[name] for name in sorted(entries) if name != _OURS]
    unknown = [one["name"] for one in others if one["name"] not in licences["package"]]
    if unknown:
        sys.exit(f"no licence in {LICENCES.relative_to(ROOT)}: {', '.join(unknown)}")
    components = [_package(one, licences["package"][one["name"]]) for one in others]
    components += [_vendored(one, licences["vendored"][one.name]) for one in vendored()]
    application = _component("application", _reference(ours), ours["name"], ours["version"], "EUPL-1.2")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": application},
        "components": components,
        "dependencies": [
            {
                "ref": _reference(one),
                "dependsOn": sorted({_reference(entries[name]) for name in _needed(one, entries)}),
            }
            for one in [ours, *others]
        ],
    }


def _needed(entry: Mapping[str, Any], entries: Mapping[str, Any]) -> Iterable[str]:
    """Yield what a package needs, with what the extras asked for bring."""
    for needed in entry.get("dependencies", ()):
        yield needed["name"]
        for extra in needed.get("extra", ()):
            optional = entries[needed["name"]].get("optional-dependencies", {})
            yield from (one["name"] for one in optional.get(extra, ()))


def _reference(entry: Mapping[str, Any]) -> str:
    return f"pkg:pypi/{entry['name']}@{entry['version']}"


def _component(kind: str, reference: str, name: str, version: str, licence: str) -> dict[str, Any]:
    # One licence is named by its identifier, several are an expression.
    single = {"license": {"id": licence}} if " " not in licence else {"expression": licence}
    return {
        "type": kind,
        "bom-ref": reference,
        "name": name,
        "version": version,
        "licenses": [single],
        "purl": reference,
    }


def _package(entry: Mapping[str, Any], licence: str) -> dict[str, Any]:
    found = _component("library", _reference(entry), entry["name"], entry["version"], licence)
    return found | {
        "externalReferences": [
            {
                "type": "distribution",
                "url": file["url"],
                "hashes": [{"alg": "SHA-256", "content": file["hash"].removeprefix("sha256:")}],
            }
            for file in _files(entry)
        ]
    }


def _files(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*([entry["sdist"]] if "sdist" in entry else []), *entry.get("wheels", ())]


def _vendored(package: vendor_frontend.Package, licence: str) -> dict[str, Any]:
    reference = f"pkg:npm/{quote(package.name, safe='/')}@{package.version}"
    return _component("library", reference, package.name, package.version, licence)


def _ages(at: datetime) -> list[tuple[int, str, str]]:
    """Return days since each locked package was published, with name and version, the oldest first."""
    found = []
    for name, entry in locked().items():
        # Our own package has neither file.
        for file in _files(entry)[:1]:
            found.append(((at - datetime.fromisoformat(file["upload-time"])).days, name, entry["version"]))
    return sorted(found, reverse=True)


def main(arguments: list[str]) -> int:
    """Write the bill to the file named, or print ages; return the exit status."""
    if arguments == ["--ages"]:
        for days, name, version in _ages(datetime.now(UTC)):  # noqa: TID251 — the clock enters here
            print(f"{days:>6} days  {name} {version}")
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    file = Path(arguments[0])
    file.parent.mkdir(parents=True, exist_ok=True)
    made = bill()
    file.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"{file}: {len(made['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
