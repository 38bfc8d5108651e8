"""What a program can see of the machine it runs on: whose files, which addresses, whether it is kept up.

On a demonstration these are advice; on a node with real data each of them is a problem.
"""

import ctypes
import os
import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tasuki.cli.findings import Check, State
from tasuki.nodes.database import is_on_this_machine
from tasuki.nodes.scanning import Verdict, scan
from tasuki.nodes.types import NodeConfig, NodeKind

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_FREE_SHARE: Final = 0.1
#: `adjtimex` says so when nothing keeps the clock.
_CLOCK_UNKEPT: Final = 5
_TIMEX_BYTES: Final = 512
_PACKAGES_SEEN: Final = Path("/var/lib/apt/periodic/update-success-stamp")
_RESTART_WANTED: Final = Path("/var/run/reboot-required")
_DAYS_BETWEEN_UPDATES: Final = 31
_DAY: Final = 86_400
_SECONDS: Final = 3
#: Verified means: by a certificate, and under the name that was asked for.
_VERIFIED: Final = ("verify-full", "verify-ca")
_DURABLE: Final = {"fsync": "on", "full_page_writes": "on", "data_checksums": "on", "synchronous_commit": "on"}


def check_machine(own: NodeConfig, databases: Sequence[str]) -> list[Check]:
    """Look at the machine as far as a program can.

    :param databases: the URLs the node connects to.
    """
    found = [
        _files(own),
        *_listening(own),
        *_behind_tls(own),
        _free_space(own.folder),
        _encryption(own.folder),
        _swap(),
        _clock(),
        _updates(),
        _core_dumps(),
        *_scanner(own),
        *(found for url in databases[:1] for found in _database(url)),
        *(_way_to_database(url) for url in databases if not is_on_this_machine(url)),
    ]
    worst = State.ADVICE if own.is_dummy else State.PROBLEM
    return [Check(name, state if state is State.OK else worst, said) for name, state, said in found]


_Finding = tuple[str, State, str]


def _found(name: str, is_well: bool, well: str, otherwise: str) -> _Finding:
    return name, State.OK if is_well else State.PROBLEM, well if is_well else otherwise


def _files(own: NodeConfig) -> _Finding:
    """Whoever else has an account here reads neither keys nor passwords."""
    secret = [file for file in own.folder.iterdir() if file.suffix in {".key", ".toml"}]
    open_to_others = ", ".join(sorted(file.name for file in secret if file.stat().st_mode & 0o077))
    said = f"他人も読めます / open to others: {open_to_others}"
    return _found("files", not open_to_others, "ほかの人は読めません / nobody else reads them", said)


def _listening(own: NodeConfig) -> Iterator[_Finding]:
    """Screens, residents' pages and consoles stand behind a device that ends TLS; they never listen to the network."""
    places = [("screens", own.listen.host)] if own.kind in (NodeKind.TOWN, NodeKind.PORTAL) else []
    if own.console is not None:
        places.append(("console", own.console.host))
    for name, host in places:
        said = f"{host} で待ち受けています / listens there: only loopback may be"
        yield _found(f"{name}: address", host in _LOOPBACK, host, said)


def _behind_tls(own: NodeConfig) -> Iterator[_Finding]:
    """A town's screens leave TLS to a device before them, of which only what the node's file says can be seen."""
    if own.kind == NodeKind.TOWN:
        otherwise = "[screens] behind_tls がありません: TLS を終える装置を前に置く / not said to be behind TLS"
        yield _found("screens: TLS", own.screens.behind_tls, "behind_tls", otherwise)


def _free_space(folder: Path) -> _Finding:
    usage = shutil.disk_usage(folder)
    left = f"空き {usage.free // 1024**3} GiB / free"
    is_enough = usage.free >= _FREE_SHARE * usage.total
    return _found("disk: space", is_enough, left, f"{left}: 1割を切りました / under a tenth")


def _encryption(folder: Path) -> _Finding:
    number = folder.stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    said = "暗号化が見えません / none to be seen (dm-crypt is looked for)"
    return _found("disk: encryption", _is_encrypted(device), "dm-crypt", said)


def _is_encrypted(device: Path) -> bool:
    """Say whether a device, or every device it lies on, is one of dm-crypt."""
    mark = device / "dm" / "uuid"
    if mark.exists() and mark.read_text().startswith("CRYPT-"):
        return True
    below = list((device / "slaves").iterdir()) if (device / "slaves").is_dir() else []
    return bool(below) and all(_is_encrypted(one) for one in below)


def _swap() -> _Finding:
    used = [line.split()[0] for line in Path("/proc/swaps").read_text().splitlines()[1:]]
    bare = [one for one in used if not _is_encrypted(Path("/sys/class/block") / Path(one).resolve().name)]
    said = f"暗号化していません / not encrypted: {', '.join(bare)}"
    return _found("swap", not bare, "なし、または暗号化 / none, or encrypted", said)


def _clock() -> _Finding:
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    said = "時刻同期が見えません / nothing keeps it: beyond five minutes messages are refused"
    return _found("clock", state not in (-1, _CLOCK_UNKEPT), "同期しています / kept", said)


def _updates() -> _Finding:
    if _RESTART_WANTED.exists():
        return "updates", State.PROBLEM, "更新のあとの再起動を待っています / a restart is wanted after updates"
    if not _PACKAGES_SEEN.exists():
        return "updates", State.PROBLEM, "更新の記録がありません / no record of updates (apt's is looked for)"
    days = int((time.time() - _PACKAGES_SEEN.stat().st_mtime) // _DAY)
    said = f"{days}日前 / days ago"
    return _found("updates", days <= _DAYS_BETWEEN_UPDATES, said, f"{said}: 1か月を超えました / more than a month")


def _core_dumps() -> _Finding:
    """A dump of a process's memory holds whoever it was working on."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    return _found("core dumps", hard == 0, "書きません / none", "書けます / allowed: set LimitCORE=0")


def _scanner(own: NodeConfig) -> Iterator[_Finding]:
    if own.kind != NodeKind.TOWN:
        return
    rules = own.upload_rules()
    if not rules.scanner:
        yield "scanner", State.PROBLEM, "ありません / none: name a clamd in [uploads] scanner"
        return
    answered = scan([b"tasuki doctor"], rules.scanner)
    said = f"答えません / does not answer: {answered.why}"
    yield _found("scanner", answered.verdict is Verdict.CLEAN, "答えます / answers", said)
    yield _found("scanner: required", rules.scanner_required, "必須 / required", "必須にしていません / not required")


def _database(url: str) -> Iterator[_Finding]:
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS) as connection:
            for name, wanted in _DURABLE.items():
                (value,) = connection.execute("SELECT current_setting(%s)", [name]).fetchone() or ("",)
                yield _found(f"database: {name}", value == wanted, value, f"{value}: {wanted} に / should be {wanted}")
    except psycopg.OperationalError:
        return  # Said by the check of the database itself.


def _way_to_database(url: str) -> _Finding:
    mode = str(conninfo_to_dict(url).get("sslmode") or "verify-full")
    said = f"sslmode={mode}: 相手を確かめません / does not verify the server"
    return _found("database: way", mode in _VERIFIED, mode, said)
