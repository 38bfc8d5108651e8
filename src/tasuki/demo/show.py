"""The whole demonstration: data, nodes, story, proof, and the figures at the end."""

import csv
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tasuki.demo.generator import Manifest, TownSize, generate, read_manifest
from tasuki.demo.memory import peak_rss_mb
from tasuki.demo.proof import prove
from tasuki.demo.running import Running, running_demo
from tasuki.demo.steps import Commands, Teller
from tasuki.demo.story import Told, tell
from tasuki.nodes.paths import Home
from tasuki.nodes.types import NodeConfig, NodeKind

SEED = 1
ANSWERED = "received"
UNDER_WAY = ("created", "sent", "permitted", "held")


@dataclass(frozen=True)
class Figures:
    """What `tasuki demo` ends with, and the lines of its table."""

    values: dict[str, Any]
    steps: list[tuple[str, str]]


def show_demo(home: Home, size: TownSize, *, consoles: bool = False, then: Callable[[Running, Figures], None]) -> None:
    """Run the demonstration, or take up the one this home holds, and call `then` while the nodes still run."""
    started = time.perf_counter()
    teller = Teller()
    home.make()
    kept = home.path / "demo.json"
    data, manifest = _data(home, size, teller)
    with running_demo(home, teller.say, consoles=consoles) as running:
        commands = Commands(home)
        if kept.exists():
            teller.say("前回のデータで起動しました / started on the data of the last run")
            figures = _read(kept)
        else:
            told = tell(commands, data, manifest, teller)
            figures = _figures(commands, home, running, told, teller, started)
            kept.write_text(json.dumps({"values": figures.values, "steps": figures.steps}, ensure_ascii=False))
        then(running, figures)


def _data(home: Home, size: TownSize, teller: Teller) -> tuple[Path, Manifest]:
    """Return the fictitious towns' files, made the first time."""
    folder = home.path / "demo-data"
    try:
        return folder, read_manifest(folder)
    except FileNotFoundError:
        teller.say("架空の町を作っています / making the fictitious towns")
        return folder, generate(folder, seed=SEED, size=size)


def _figures(commands: Commands, home: Home, running: Running, told: Told, teller: Teller, started: float) -> Figures:
    teller.say("証跡を書き出し、単独の検証プログラムで検証しています / verifying the evidence offline")
    records, verified = prove(commands, home.path / "evidence")
    refused = {state: count for state, count in sorted(told.states.items()) if state not in (ANSWERED, *UNDER_WAY)}
    values = {
        "imported": told.imported,
        "rejected": told.rejected,
        "year": told.year,
        "replicas": told.replicas,
        "inquired": told.inquired,
        "answered": told.states[ANSWERED],
        "refused": refused,
        "held": told.states["held"],
        "adopted": told.adopted,
        "evidence_records": records,
        "evidence_verified": verified,
        "seconds": round(time.perf_counter() - started, 1),
        "peak_rss_mb": peak_rss_mb(running, commands),
    }
    return Figures(values, told.steps)


def _read(file: Path) -> Figures:
    content = json.loads(file.read_text(encoding="utf-8"))
    return Figures(content["values"], [(what, figures) for what, figures in content["steps"]])


def print_table(figures: Figures) -> None:
    """Print what happened."""
    console = Console()
    table = Table(title="Tasuki 襷", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(justify="right")
    values = figures.values
    for what, shown in figures.steps:
        table.add_row(what, shown)
    table.add_section()
    table.add_row("照会 / inquiries", f"{values['inquired']:,}")
    table.add_row("回答あり / answered", f"{values['answered']:,}")
    for reason, count in values["refused"].items():
        table.add_row(f"  {reason}", f"{count:,}")
    table.add_section()
    for node, count in values["evidence_records"].items():
        table.add_row(f"証跡 / evidence {node}", f"{count:,}")
    verified = "検証済み / verified" if values["evidence_verified"] else "不一致 / NOT verified"
    table.add_row("証跡の検証 / evidence", verified)
    table.add_row("時間・最大メモリ / time, peak memory", f"{values['seconds']} s · {values['peak_rss_mb']} MB")
    console.print(table)


def print_addresses(running: Running) -> None:
    """Say where the screens are and how to get in."""
    console = Console()
    console.print("\n画面 / screens(ペルソナのボタンでログインできます / log in with a persona's button):")
    for line in addresses(running.nodes.values()):
        console.print(f"  {line}")
    console.print(
        f"  住民のページに入る住民票コードの例 / a code to sign in as a resident: {_code_to_try(running.home)}"
    )
    console.print("Ctrl-C で止まります / Ctrl-C stops everything")


def _code_to_try(home: Home) -> str:
    """Return the resident-record code of the fictitious person whose results followed them furthest."""
    data = home.path / "demo-data"
    who = next(one for one in read_manifest(data).highlights if one.story == "most_results")
    individual_number = _looked_up(data / who.present_town / "register.csv", "宛名番号", who.present_number, "個人番号")
    return _looked_up(data / "jlis" / "register.csv", "個人番号", individual_number, "住民票コード")


def _looked_up(file: Path, by: str, value: str, wanted: str) -> str:
    with file.open(encoding="utf-8", newline="") as opened:
        return next(row[wanted] for row in csv.DictReader(opened) if row[by] == value)


def addresses(nodes: Collection[NodeConfig]) -> list[str]:
    """Return where the screens of towns, the portal and the consoles of gateways and network are."""
    towns = [
        f"http://{node.listen.host}:{node.listen.port}/  {node.town.name} {node.town.name_en}"
        for node in nodes
        if node.town is not None
    ]
    consoles = [
        f"https://{node.console.host}:{node.console.port}/  {node.name} 運用コンソール / operators' console"
        for node in nodes
        if node.console is not None
    ]
    portals = [
        f"http://{node.listen.host}:{node.listen.port}/  住民のページ（架空のポータル） / a resident's pages"
        for node in nodes
        if node.kind == NodeKind.PORTAL
    ]
    # A browser does not know the demonstration's authority, and warns of it.
    known = [f"  証明書の認証局 / their authority: {node.folder / 'ca.crt'}" for node in nodes if node.console][:1]
    return [*towns, *portals, *consoles, *known]
