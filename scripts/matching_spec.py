"""The specification of matching as a page: levels with their weights, rules, and the cases its tests run."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
if TYPE_CHECKING:
    from tasuki.matching.matcher import Matcher

HEAD = """# Whether two records are one person (照合)

Generated from `src/tasuki/matching/data/japan.toml`, `japan_weights.toml` and `tests/spec/matching/cases.toml`; do
not edit. The cases are run by `tests/spec/matching/test_matching_spec.py`. A weight is the base-2 logarithm of how much
more often one person's records agree so than two people's; facts weigh nothing and serve rules only. Why it is so:
[decision](../adr/0015-matching.md).
"""


def documents() -> dict[Path, str]:
    """Return the text of the page by its path."""
    sys.path.insert(0, str(ROOT))
    from tasuki.matching.matcher import japanese

    matcher = japanese()
    of, by = matcher.definition, matcher.weights
    blocks = "; ".join(" + ".join(f"`{column}`" for column in block) for block in of.blocks)
    known = f"""In force from {of.effective_from} ({of.status}). Weights estimated on {by.estimated_on} from
{by.obtained}.
Of all pairs, 1 in {1 / by.prior:,.0f} is one person (prior {by.prior_weight:.1f}). A clerk looks from a probability of
{of.clerk_probability} on; from {of.likely_probability} on the pair is proposed as one person.

Two records are compared when they agree on one of: {blocks}."""
    parts = [HEAD, known, "", "## Levels", "", *_levels(matcher), "", "## Rules", "", *_rules(matcher)]
    return {ROOT / "docs" / "spec" / "matching.md": "\n".join([*parts, "", "## Cases", "", *_cases(matcher), ""])}


def _levels(matcher: "Matcher") -> Iterator[str]:
    yield from _head("compared", "項目", "level", "一致の程度", "agreement", "weight")
    for comparison in matcher.definition.comparisons:
        for value in range(len(comparison.levels), -2, -1):
            level = comparison.level(value)
            weight = f"{matcher.weights.weight(comparison.id, value):+.1f}" if comparison.is_weighted else "fact"
            yield _row((f"`{comparison.id}`", comparison.ja, f"`{level.id}`", level.ja, level.en, weight))


def _rules(matcher: "Matcher") -> Iterator[str]:
    yield from _head("rule", "effect", "規則", "meaning", "source")
    for rule in matcher.definition.rules:
        effect = f"{rule.effect}, alert" if rule.is_alert else str(rule.effect)
        yield _row((f"`{rule.id}`", effect, rule.ja, rule.en, rule.source))


def _cases(matcher: "Matcher") -> Iterator[str]:
    from tests.spec.matching.cases import cases

    yield from _head("場合", "case", "levels", "decision", "by", "weight", "probability")
    for case in cases():
        outcome = matcher.decide(case.compared())
        levels = ", ".join(f"{name} {level}" for name, level in case.levels.items())
        figures = (f"{outcome.weight:.1f}", f"{outcome.probability:.4f}")
        yield _row((case.ja, case.en, levels, case.decision, f"`{case.by}`", *figures))


def _head(*names: str) -> Iterator[str]:
    yield _row(names)
    yield _row(["---"] * len(names))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
