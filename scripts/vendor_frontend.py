"""Brings front-end files and the fonts of letters into the repository, at pinned versions and pinned hashes.

Run as `python scripts/vendor_frontend.py`, then commit what changed. No page ever asks an outside server for a file,
so fonts and scripts are ours to serve. To move to a new version: change it here with the integrity that
`npm view NAME@VERSION dist.integrity` prints, run this, and look at the pages.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "src/tasuki/web/static/vendor"
LETTERS = ROOT / "src/tasuki/letters/fonts"
TEST_VENDOR = ROOT / "tests/browser/vendor"
FONT_WEIGHTS = (400, 700)


@dataclass(frozen=True)
class Package:
    """One package of the npm registry. `files` maps a file in the package to its place in the repository."""

    name: str
    version: str
    integrity: str
    files: dict[str, Path]


TOKENS = Package(
    "@digital-go-jp/design-tokens",
    "1.1.9",
    "sha512-93zW/Gb4/pwb63W7r8RHWQdbLGap4heHt5unQQjaqP1OlPqRif146tvqtyJ2xPcot3pnndFY3ph1DC0Crwp6bg==",
    {
        "dist/tokens.css": VENDOR / "design-tokens/tokens.css",
        "LICENSE": VENDOR / "design-tokens/LICENSE",
    },
)
HTMX = Package(
    "htmx.org",
    "4.0.1",
    "sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
    {
        "dist/htmx.min.js": VENDOR / "htmx/htmx.min.js",
        "LICENSE": VENDOR / "htmx/LICENSE",
    },
)
CHART = Package(
    "chart.js",
    "4.6.1",
    "sha512-hJyniucsFmq//EvXYvJ6c6mahPoI3kaxdjVH8awTaJ/fDNWeSqqqArixMJWkWNN6fcYvPU3HneSANFNYtRi61g==",
    {
        "dist/chart.umd.min.js": VENDOR / "chart.js/chart.umd.min.js",
        "LICENSE.md": VENDOR / "chart.js/LICENSE",
    },
)
NOTO = Package(
    "@fontsource/noto-sans-jp",
    "5.3.0",
    "sha512-OZbBzZ8LrFRs2RFT2Cc0HUV2C2ZeSfyEXhDJWR0EZuZaraJfRubpvrFmUnCljuBDEkw8Vn6CE/+nf9dj9b+0lg==",
    {"LICENSE": VENDOR / "noto-sans-jp/LICENSE"},
)
AXE = Package(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    {
        "axe.min.js": TEST_VENDOR / "axe/axe.min.js",
        "LICENSE": TEST_VENDOR / "axe/LICENSE",
    },
)
LETTER_FONTS = (
    Package(
        "@expo-google-fonts/biz-udpgothic",
        "0.4.2",
        "sha512-HySo5PUz//XzvqKTKiOcgvdFuyPvJBIrnhhEW7l+Q1sqxblzzHuXhIaiYx4VdLjLbNA1fNaMdTgM7wj2k1FYBQ==",
        {
            "400Regular/BIZUDPGothic_400Regular.ttf": LETTERS / "BIZUDPGothic-Regular.ttf",
            "700Bold/BIZUDPGothic_700Bold.ttf": LETTERS / "BIZUDPGothic-Bold.ttf",
            "LICENSE_FONT": LETTERS / "BIZUDPGothic-LICENSE",
        },
    ),
    Package(
        "@expo-google-fonts/noto-sans-jp",
        "0.4.3",
        "sha512-Fl+Z6vtD24HFAYsvzB0S9Nery1ly16B9PesdY0wBd+wEHAvkNglnkTUspU0HqGOubkmoa8zusJrKv6vDx1o70A==",
        {
            "400Regular/NotoSansJP_400Regular.ttf": LETTERS / "NotoSansJP-Regular.ttf",
            "LICENSE_FONT": LETTERS / "NotoSansJP-LICENSE",
        },
    ),
)

_FONT_FACE = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)
_WOFF2 = re.compile(r"url\(\./files/([\w-]+\.woff2)\) format\('woff2'\)")
_SOURCES = re.compile(r"src:[^;]+;")


def fetch(package: Package, folder: Path) -> Path:
    """Take a package from the registry and unpack it.

    :raises SystemExit: when its content is not what was pinned.
    """
    command = ["npm", "pack", "--silent", f"{package.name}@{package.version}", "--pack-destination", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    archive = folder / done.stdout.strip().splitlines()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        raise SystemExit(f"{package.name}@{package.version} is not the pinned content: sha512-{digest}")
    unpacked = folder / archive.stem
    with tarfile.open(archive) as opened:
        opened.extractall(unpacked, filter="data")
    return unpacked / "package"


def copy_files(package: Package, unpacked: Path) -> None:
    for inside, place in package.files.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(unpacked / inside, place)


def copy_fonts(unpacked: Path) -> None:
    """Take every unicode-range file: the single "japanese" file lacks 髙, 﨑, ㈱ and ①, which names hold."""
    folder = NOTO.files["LICENSE"].parent
    faces: list[str] = []
    for weight in FONT_WEIGHTS:
        for face in _FONT_FACE.findall((unpacked / f"{weight}.css").read_text(encoding="utf-8")):
            name = _WOFF2.search(face)[1]
            shutil.copyfile(unpacked / "files" / name, folder / name)
            # Browsers of the last decade read woff2, so the older format is left out.
            faces.append(_SOURCES.sub(f"src: url({name}) format('woff2');", face))
    (folder / "noto-sans-jp.css").write_text("\n".join(faces) + "\n", encoding="utf-8")


def write_hashes(folder: Path) -> None:
    """List every vendored file with its hash, so that a change by hand shows in review and in a test."""
    names = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}" for path in names]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    for folder in (VENDOR, TEST_VENDOR, LETTERS):
        shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as temporary:
        for package in (TOKENS, HTMX, CHART, NOTO, AXE, *LETTER_FONTS):
            unpacked = fetch(package, Path(temporary))
            copy_files(package, unpacked)
            if package is NOTO:
                copy_fonts(unpacked)
            print(f"{package.name} {package.version}")
    for folder in (VENDOR, TEST_VENDOR, LETTERS):
        write_hashes(folder)


if __name__ == "__main__":
    main()
