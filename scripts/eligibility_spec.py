"""The specification of eligibility as a page: its rules, and the cases its tests run, from the same files."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
if TYPE_CHECKING:
    from tests.spec.eligibility.cases import Case

    from tasuki.eligibility.types import Rule

HEAD = """# Who is due for screening (検診対象)

Generated from `src/tasuki/eligibility/data/rules.toml` and `tests/spec/eligibility/cases.toml`; do not edit. The cases
are run by `tests/spec/eligibility/test_eligibility_spec.py`. A rule marked *provisional* is ours until somebody has
held it against its source. Ages are ages in law on the reference day, which the town sets for each programme and fiscal
year (31 March unless it says otherwise). Recommended ages are no limits.
"""


def documents() -> dict[Path, str]:
    """Return the text of the page by its path; Django must be set up."""
    sys.path.insert(0, str(ROOT))
    from tests.spec.eligibility.cases import cases

    from tasuki.eligibility.catalogue import rule_book

    parts = [HEAD, "## Rules", "", *_rules(rule_book().rules), "", "## Cases", "", *_cases(cases()), ""]
    return {ROOT / "docs" / "spec" / "eligibility.md": "\n".join(parts)}


def _rules(rules: "Iterable[Rule]") -> list[str]:
    from tasuki.eligibility.wording import method_label, rule_label
    from tasuki.layouts.render import Language

    lines = [_row(("rule", "programme", "方法", "対象", "sex", "in force", "local option", "source", "status"))]
    lines.append(_row(["---"] * 9))
    for rule in rules:
        until = "" if rule.effective_to is None else f", until {rule.effective_to}"
        option = rule.option or (f"unless {rule.unless_option}" if rule.unless_option else "")
        cells = [f"`{rule.id}`", f"{rule.programme.value} {rule.programme.name.lower()}"]
        cells += [method_label(rule, Language.JA), rule_label(rule, Language.JA), rule.sex.value]
        lines.append(_row([*cells, f"from {rule.effective_from}{until}", option, rule.source.ja, rule.status.value]))
    return lines


def _cases(cases: "Iterable[Case]") -> list[str]:
    from tasuki.eligibility.wording import why
    from tasuki.layouts.render import Language

    lines = [_row(("case", "場合", "rule", "known", "outcome", "文")), _row(["---"] * 6)]
    for case in cases:
        assessed = case.assessed()
        following = f", next {assessed.next_year}" if assessed.next_year else ""
        outcome = f"{assessed.status} {assessed.reason}{following}"
        sentence = why(assessed, Language.JA, on=case.on)
        lines.append(_row([case.name_en, case.name_ja, f"`{case.rule.id}`", _known(case), outcome, sentence]))
    return lines


def _known(case: "Case") -> str:
    """Say what a case starts from."""
    facts = [f"born {case.person.birth_date}", "woman" if case.person.sex == "2" else "man", f"FY{case.fiscal_year}"]
    facts += [
        f"taken FY{one.fiscal_year} {one.source}" + (f" {one.marks.name}" if one.marks else "") for one in case.taken
    ]
    facts += [f"option {name}" for name in sorted(case.options.chosen)]
    facts += [f"as of {case.on}"] if (case.on.year, case.on.month) != (2026, 11) else []
    facts += [f"reference day {case.options.reference_days[case.programme]}"]
    facts += [f"from {age}" for age in case.options.ages_from.values()]
    facts += [f"also at {', '.join(map(str, ages))}" for ages in case.options.more_ages.values()]
    facts += [f"excluded {case.exclusion}"] if case.exclusion else []
    facts += [f"moves out on {case.person.moved_out_date}"] if case.person.moved_out_date else []
    facts += ["not offered"] if case.options.not_offered else []
    return "; ".join(facts)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
