"""The report of a run: a table by article, for people and as JSON."""

from dataclasses import asdict
from typing import Any

from tasuki.conformance.running import Report, Result
from tasuki.shared.dates import civil_date


def as_json(report: Report) -> dict[str, Any]:
    """Return the report for machines."""
    return {
        "gateway": report.gateway,
        "network": report.network,
        "at": report.at.isoformat(),
        "ok": report.ok,
        "passed": sum(result.passed for result in report.results),
        "scenarios": len(report.results),
        "broken_articles": report.broken,
        "results": [asdict(result) for result in report.results],
    }


def as_page(report: Report) -> str:
    """Return the report as a page of Markdown."""
    passed = sum(result.passed for result in report.results)
    lines = [
        "# 適合確認の結果 / Conformance report",
        "",
        f"- 対象 / tried: {report.gateway}, {report.network}",
        f"- 日 / day: {civil_date(report.at)}",
        f"- 結果 / outcome: {passed} / {len(report.results)}",
        f"- 守られていない条文 / articles not kept: {', '.join(report.broken) or '–'}",
        "",
        "| 条文 / article | 確かめたこと / what was tried | 結果 / outcome | 見えたこと / what was seen |",
        "|---|---|---|---|",
        *(_line(result) for result in report.results),
    ]
    return "\n".join(lines) + "\n"


def _line(result: Result) -> str:
    outcome = "○" if result.passed else "**×**"
    saw = result.saw.replace("|", "\\|") or "定めのとおり / as must be"
    tried = f"{result.title_ja}<br>{result.title_en} (`{result.name}`)"
    return f"| {result.article} | {tried} | {outcome} | {saw} |"
