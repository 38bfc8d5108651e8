"""The main job, from files to verified evidence: what `make demo` and `make run` show.

Everything goes through the commands an operator would use, on the running nodes; nothing is put into a table directly.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasuki.demo import year
from tasuki.demo.generator import Manifest
from tasuki.demo.protection import write_list
from tasuki.demo.steps import PROBLEMS, Commands, StepFailed, Teller, Values
from tasuki.runtime import now
from tasuki.shared.dates import civil_date

MEMBERS = Path(__file__).parent / "members.toml"
MAPPINGS = Path(__file__).parent / "mappings"
DISTRICTS = Path(__file__).parent
#: Town nodes, the folder of each one's files, and its municipality code.
TOWN_A, TOWN_B = ("town-a", "kaku", "131911"), ("town-b", "mogi", "132918")
WITHOUT_ASSESSMENT = "133914"
OTHER_PROCEDURE = "JT99990000000999"
DETAILED_LUNG = "TM00000000000091"
TOWNS = (TOWN_A, TOWN_B)
#: What letters say of who sends them; the numbers are nobody's.
SENDER = (
    "--department", "健康づくり課 検診係", "--postal-code", "000-0001", "--address", "架空区仮想町一丁目1番1号",
    "--phone", "03-0000-0000", "--hours", "平日8時30分～17時",
)  # fmt: skip
_WITH_MAPPINGS = ("--mappings", str(MAPPINGS))
GATEWAYS = ("gateway-east", "gateway-west")


@dataclass
class Told:
    """What has happened so far."""

    imported: int = 0
    rejected: int = 0
    replicas: int = 0
    inquired: int = 0
    adopted: int = 0
    states: Counter[str] = field(default_factory=Counter)
    steps: list[tuple[str, str]] = field(default_factory=list)
    year: dict[str, Any] = field(default_factory=dict)

    def add(self, what: str, figures: str) -> None:
        self.steps.append((what, figures))


def tell(commands: Commands, data: Path, manifest: Manifest, teller: Teller) -> Told:
    """Run the whole story once on fresh nodes and return its figures."""
    told = Told()
    for step in (
        _join,
        _registers,
        _protected,
        _senders,
        _earlier_results,
        _year,
        _codes,
        _provide,
        _ask_about_movers,
        _refusals,
        _hold,
        _adopt,
    ):
        step(commands, data, manifest, teller, told)
    return told


def _join(commands: Commands, data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("参加機関を登録しています / telling the nodes who takes part")
    towns = [node for node, _, _ in TOWNS]
    people, *_ = commands.run_all(
        [
            ("import-jlis", str(data / "jlis" / "register.csv"), "--node", "jlis"),
            *(("members", str(MEMBERS), "--node", node) for node in ("network", *GATEWAYS, *towns)),
            *(
                ("import-districts", str(DISTRICTS / f"districts-{folder}.csv"), "--node", node)
                for node, folder, _ in TOWNS
            ),
        ]
    )
    commands.run_all(
        [
            # The health centre's persona works for the first of its town's districts.
            *(("personas", "--node", node) for node in towns),
            *(("import-facilities", str(data / "facilities.csv"), "--node", node) for node in towns),
        ]
    )
    told.add("J-LIS 代替の住民基本台帳 / people in the J-LIS stand-in", f"{people['people']:,}")


def _registers(commands: Commands, data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("住民記録を取り込み、宛名番号を付番しています / importing registers, numbering people")
    reports = commands.run_all(
        [("import-register", str(data / folder / "register.csv"), "--node", node) for node, folder, _ in TOWNS],
        accept=(0, PROBLEMS),
    )
    for (node, _, _), report in zip(TOWNS, reports, strict=True):
        told.add(f"{node}: 住民 / residents", f"{report['added']:,}")


def _protected(commands: Commands, data: Path, manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("支援措置対象者の名簿を取り込んでいます / importing the day's lists of protected persons")
    today, lists = civil_date(now()), []
    for node, folder, _ in TOWNS:
        file = data / folder / "protected.csv"
        made_for = dt.date.fromisoformat(manifest.reference_date)
        write_list(data / folder / "register.csv", file, made_for=made_for, on=today)
        lists.append(("import-protected", str(file), "--node", node))
    for (node, _, _), report in zip(TOWNS, commands.run_all(lists), strict=True):
        told.add(f"{node}: 支援措置対象者 / protected persons", f"{report['people']:,}")


def _senders(commands: Commands, _data: Path, _manifest: Manifest, _teller: Teller, _told: Told) -> None:
    for folder, sender in year.SENDERS.items():
        place = str(MAPPINGS / folder)
        commands.run_all([("import-mappings", place, "--sender", sender, "--node", node) for node, _, _ in TOWNS])
    commands.run_all([("letters-sender", *SENDER, "--node", node) for node, _, _ in TOWNS])


def _earlier_results(commands: Commands, data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("検診結果 8 種類を取り込んでいます / importing results of eight programmes")
    files = {folder: sorted((data / folder / "results").iterdir()) for _, folder, _ in TOWNS}
    # Town A's year comes later, as it came to the town: who is due is computed from what was known before.
    files[TOWN_A[1]] = [file for file in files[TOWN_A[1]] if _year_of(file) < year.YEAR]
    reports = commands.run_all(
        [("import", *map(str, files[folder]), *_WITH_MAPPINGS, "--node", node) for node, folder, _ in TOWNS],
        accept=(0, PROBLEMS),
    )
    for (node, _, _), report in zip(TOWNS, reports, strict=True):
        _count_import(told, node, report)


def _year(commands: Commands, data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    """Tell town A's year from who is due to the frozen report, then bring in what came since."""
    results = data / TOWN_A[1] / "results"
    figures = year.before_results(commands, teller, told.steps)
    teller.say(f"{year.YEAR}年度の結果が三つの送付元から届きました / three senders send the year's results")
    arrived = year.results_of_year(commands, results, MAPPINGS)
    told.imported += arrived["imported"]
    told.rejected += arrived["rejected"]
    for sender, counted in arrived["senders"].items():
        told.add(f"{year.YEAR}: {sender}", f"{counted['imported']:,} / 却下 rejected {counted['rejected']:,}")
    told.year = figures | year.after_results(commands, teller, told.steps) | {"senders": arrived["senders"]}
    since = [str(file) for file in sorted(results.iterdir()) if _year_of(file) > year.YEAR]
    report = commands.run("import", *since, *_WITH_MAPPINGS, "--node", TOWN_A[0], accept=(0, PROBLEMS))
    _count_import(told, TOWN_A[0], report)
    year.this_year(commands, teller)


def _count_import(told: Told, node: str, report: Values) -> None:
    told.imported += report["imported"]
    told.rejected += report["rejected"]
    figures = f"{report['imported']:,} / 却下 rejected {report['rejected']:,} ({report['seconds']:.1f} s)"
    told.add(f"{node}: 検診結果 / results imported", figures)


def _year_of(file: Path) -> int:
    """Read the fiscal year in the name of a result file."""
    return int(file.stem.partition("-")[2])


def _codes(commands: Commands, _data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("符号を取得しています / acquiring linkage codes")
    reports = commands.run_all([("acquire-codes", "--concerned", "--node", node) for node, _, _ in TOWNS])
    for (node, _, _), report in zip(TOWNS, reports, strict=True):
        told.add(f"{node}: 符号 / linkage codes bound", f"{report['bound']:,}")


def _provide(commands: Commands, _data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("副本を登録しています / registering replicas")
    commands.run_all([("register", "--node", node) for node, _, _ in TOWNS])
    for node, counted in zip(
        GATEWAYS, commands.run_all([("gateway-counts", "--node", node) for node in GATEWAYS]), strict=True
    ):
        told.replicas += counted["replicas"]
        told.add(f"{node}: 副本 / replicas", f"{counted['replicas']:,}")


def _count(told: Told, report: Values) -> None:
    """Add the outcome of one round of inquiries."""
    told.inquired += report["inquired"]
    told.states.update(report["states"])


def _ask_about_movers(commands: Commands, _data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("転入者の検診歴を前住地に照会しています / asking former towns about people who moved in")
    for asking, asked in ((TOWN_B, TOWN_A), (TOWN_A, TOWN_B)):
        report = commands.run("inquire", "--movers", "--provider", asked[2], "--node", asking[0])
        _count(told, report)
        figures = f"{report['inquired']:,} ({report['seconds']:.1f} s)"
        told.add(f"{asking[0]} → {asked[0]}: 照会 / inquiries", figures)


def _refusals(commands: Commands, _data: Path, manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("法が許さない照会を試みています / asking what the law does not allow")
    mover = _highlight(manifest, "most_results")
    never_moved = commands.run("examples", "--node", "town-b")
    tries: Sequence[tuple[str, ...]] = (
        ("--person", mover, "--provider", TOWN_A[2], "--procedure", OTHER_PROCEDURE),
        ("--person", mover, "--provider", WITHOUT_ASSESSMENT),
        ("--person", mover, "--provider", TOWN_A[2], "--data-set", DETAILED_LUNG),
        ("--person", never_moved["with_code"], "--provider", TOWN_A[2]),
        ("--person", never_moved["without_code"], "--provider", TOWN_A[2]),
    )
    for report in commands.run_all([("inquire", *arguments, "--node", "town-b") for arguments in tries]):
        _count(told, report)


def _hold(commands: Commands, _data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("支援措置対象者への照会を手動で扱っています / deciding held inquiries by hand")
    held = commands.run("held", "--node", "town-a")["held"]
    if len(held) < 3:
        raise StepFailed("the data must hold at least three protected movers")
    reason = "庁内確認済み / checked within the town"
    two_people = ("--proposed-by", "health-clerk", "--decided-by", "approver", "--node", "town-a")
    commands.run("decide-held", held[0], "--release", "--reason", reason, *two_people)
    commands.run("decide-held", held[1], "--withhold", "--reason", reason, *two_people)
    person = commands.run("person-of", held[2], "--node", "town-b")["person"]
    short = ("--person", person, "--provider", TOWN_A[2], "--valid-for", "2")
    _count(told, commands.run("inquire", *short, "--node", "town-b"))
    commands.run("await-state", "withheld", "--node", "town-b")
    commands.run("await-state", "lapsed", "--node", "town-b")
    told.add("手動回答待ち / held for an answer by hand", f"{len(held):,}")


def _adopt(commands: Commands, _data: Path, _manifest: Manifest, teller: Teller, told: Told) -> None:
    teller.say("回答を履歴に取り込んでいます / adopting the answers")
    reports = commands.run_all([("adopt", "--node", node) for node, _, _ in TOWNS])
    for (node, _, _), report in zip(TOWNS, reports, strict=True):
        told.adopted += report["results"]
        figures = f"{report['results']:,} ({report['adopted']:,} 人 / people)"
        told.add(f"{node}: 履歴に取込 / results adopted", figures)
    told.states = Counter()
    for states in commands.run_all([("inquiry-states", "--node", node) for node, _, _ in TOWNS]):
        told.states.update(states)


def _highlight(manifest: Manifest, kind: str) -> str:
    """Return the 宛名番号 in town B of a person the generator singled out, who moved there from town A."""
    for story in manifest.highlights:
        if story.story == kind and story.present_town == TOWN_B[1]:
            return story.present_number
    raise LookupError(kind)
