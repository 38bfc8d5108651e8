"""A year of screenings in town A: who is due, invitations, results from three senders, follow-up, closing, report.

Everything goes through the commands a clerk's colleague would use at night; the screens do the same.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from tasuki.demo.steps import PROBLEMS, Commands, Teller

NODE = "town-a"
#: The last fiscal year that is over in the fictitious towns: its follow-up can be closed and its report frozen.
YEAR = 2025
#: Whose files the mappings are for, by the folder they lie in.
SENDERS = {
    "medical_association": "架空区医師会",
    "screening_centre": "模擬検診センター",
    "dental_association": "見本歯科医師会",
}
#: Coupons and reminders are shown with a programme of milestone ages: every programme would be a quarter of a million
#: letters, printed for nobody.
INVITED = "57"
OSTEOPOROSIS_ONLY = ("--programme", INVITED)


def before_results(commands: Commands, teller: Teller, steps: list[tuple[str, str]]) -> dict[str, Any]:
    """Say who is due, list and invite them, before anybody comes; return the figures."""
    year = str(YEAR)
    teller.say(f"{YEAR}年度の対象者を計算しています / computing who is due")
    due = commands.run("eligibility", "--fiscal-year", year, "--node", NODE)
    eligible = sum(counted["due"] for counted in due.values() if isinstance(counted, dict))
    steps.append((f"{YEAR}: 検診対象 / due (people × programmes)", f"{eligible:,} ({due['seconds']:.1f} s)"))
    teller.say("対象者名簿を作り、受診券を発行しています / listing and inviting people")
    invited = commands.run("invite", "--fiscal-year", year, "--freeze", "--coupons", *OSTEOPOROSIS_ONLY, "--node", NODE)
    steps.append((f"{YEAR}: 受診券 / coupons", f"{invited['coupons']:,} (骨粗鬆症 / osteoporosis)"))
    steps += [(f"  {reason}", f"{people:,}") for reason, people in sorted(invited["left_out"].items())]
    return {"eligible": eligible, "targets": invited["targets"], "coupons": invited["coupons"]}


def results_of_year(commands: Commands, files: Path, mappings: Path) -> dict[str, Any]:
    """Import what the three senders sent for the year, damage included; return the totals and each sender's."""
    totals: Counter[str] = Counter()
    senders: dict[str, Any] = {}
    for folder, sender in SENDERS.items():
        programmes = sorted(file.stem for file in (mappings / folder).glob("*.toml"))
        sent = [str(file) for name in programmes for file in sorted(files.glob(f"{name}-{YEAR}.*"))]
        report = commands.run(
            "import", *sent, "--mappings", str(mappings / folder), "--node", NODE, accept=(0, PROBLEMS)
        )
        senders[sender] = {name: report[name] for name in ("files", "imported", "rejected")}
        totals.update({name: report[name] for name in ("imported", "rejected")})
    return {**totals, "senders": senders}


def this_year(commands: Commands, teller: Teller) -> None:
    """Say who is due in the year that has begun, which the screens show first."""
    teller.say(f"{YEAR + 1}年度の対象者を計算しています / computing who is due this year")
    commands.run("eligibility", "--fiscal-year", str(YEAR + 1), "--node", NODE)


def after_results(commands: Commands, teller: Teller, steps: list[tuple[str, str]]) -> dict[str, Any]:
    """Remind, follow up, close and report the year; return the figures."""
    year = str(YEAR)
    teller.say("未受診者と精検の答えがない人に勧奨しています / reminding those who did not come or answer")
    reminded = commands.run("invite", "--fiscal-year", year, "--remind", *OSTEOPOROSIS_ONLY, "--node", NODE)
    followed = commands.run("follow-up", "--fiscal-year", year, "--remind", "--node", NODE)
    steps.append((f"{YEAR}: 受診勧奨 / reminded of the screening", f"{reminded['reminded']:,}"))
    steps.append((f"{YEAR}: 精検の勧奨 / reminded of the detailed examination", f"{followed['letters']:,}"))
    teller.say("精検の追跡を締め、事業報告を凍結しています / closing the year, freezing its report")
    closed = commands.run("follow-up", "--fiscal-year", year, "--close", "--node", NODE)
    report = commands.run("report", "--fiscal-year", year, "--freeze", "--node", NODE)
    for label, name in (
        ("受診者 / examined", "examined"),
        ("要精検 / needing detail", "needs_detail"),
        ("精検の結果が分かった人 / outcome known", "detail_known"),
        ("精検未把握 / unknown", "unknown"),
        ("報告の欄 / cells of the report", "report_cells"),
    ):
        steps.append((f"{YEAR}: {label}", f"{report[name]:,}"))
    return {
        "reminded": reminded["reminded"],
        "detail_reminded": followed["letters"],
        "states": {name: closed[name] for name in ("taken", "not_taken", "under_way", "unknown")},
        **{name: report[name] for name in ("examined", "needs_detail", "detail_known", "unknown", "report_cells")},
        "indicators": report["indicators"],
    }
