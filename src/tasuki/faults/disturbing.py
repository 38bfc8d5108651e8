"""The faults: how each strikes, for how long, and how it is mended, if it does not mend itself."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tasuki.faults.ground import ASKING, INQUIRER, PROVIDER, Ground


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `seconds` passes between its strike and its mending; a killed process is mended by its supervisor.

    `until_felt` counts them from the first call that fails: a full disk is felt once what was reserved is used up.
    """

    name: str
    ja: str
    en: str
    strike: Callable[[Ground], None]
    mend: Callable[[Ground], None] = lambda _ground: None
    seconds: float = 0.0
    until_felt: bool = False
    needs_town: bool = False
    needs_disk: bool = False
    needs_wire: bool = False


def _kill(program: str, ground: Ground) -> None:
    ground.signal(program, signal.SIGKILL)


def _freeze(program: str, ground: Ground) -> None:
    ground.signal(program, signal.SIGSTOP)


def _thaw(program: str, ground: Ground) -> None:
    ground.signal(program, signal.SIGCONT)


def _kill_postgres(ground: Ground) -> None:
    process = ground.cluster.process_id()
    if process is not None:
        os.kill(process, signal.SIGKILL)


def _fill(ground: Ground) -> None:
    """Write until the file system that holds PostgreSQL is full."""
    if ground.disk is None:
        raise LookupError("there is no small file system here")
    with (ground.disk / "filler").open("wb", buffering=0) as filler:
        for block in (1 << 20, 1 << 12):
            try:
                while filler.write(b"\0" * block):
                    pass
            except OSError:
                continue  # Full for blocks of this size; smaller ones may still go in.


def _empty(ground: Ground) -> None:
    if ground.disk is not None:
        (ground.disk / "filler").unlink()


def _cut(ground: Ground) -> None:
    if ground.wire is None:
        raise LookupError("there is no wire here")
    ground.wire.cut()


def _mend_wire(ground: Ground) -> None:
    if ground.wire is not None:
        ground.wire.mend()


def _killed(program: str, ja: str, *, needs_town: bool = False) -> Fault:
    return Fault(
        name=f"{program.replace(' ', '-')}-killed",
        ja=f"{ja}を kill -9",
        en=f"kill -9 of {program}",
        strike=partial(_kill, program),
        needs_town=needs_town,
    )


FAULTS: tuple[Fault, ...] = (
    _killed(f"{ASKING} worker", "照会する町の裏方", needs_town=True),
    _killed(f"{INQUIRER} web", "照会者の中間サーバー"),
    _killed(f"{INQUIRER} worker", "照会者の中間サーバーの裏方"),
    _killed(f"{PROVIDER} web", "提供者の中間サーバー"),
    _killed(f"{PROVIDER} worker", "提供者の中間サーバーの裏方"),
    _killed("network web", "ネットワーク"),
    _killed("network worker", "ネットワークの裏方"),
    _killed("jlis web", "J-LIS の代役"),
    Fault("postgres-killed", "PostgreSQL を kill -9", "kill -9 of PostgreSQL", _kill_postgres),
    Fault(
        "disk-full", "ディスクが一杯", "full disk under PostgreSQL", _fill, _empty,
        seconds=5.0, until_felt=True, needs_disk=True,
    ),
    Fault(
        "line-cut", "中間サーバー間の回線の切断", "line between the gateways cut", _cut, _mend_wire,
        seconds=4.0, needs_wire=True,
    ),
    Fault(
        "provider-frozen", "提供者の中間サーバーの停止（SIGSTOP）", "provider's gateway frozen",
        partial(_freeze, f"{PROVIDER} web"), partial(_thaw, f"{PROVIDER} web"), seconds=6.0,
    ),
    Fault(
        "network-frozen", "ネットワークの停止（SIGSTOP）", "network frozen",
        partial(_freeze, "network web"), partial(_thaw, "network web"), seconds=6.0,
    ),
)  # fmt: skip
