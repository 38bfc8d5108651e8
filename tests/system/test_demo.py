"""The demonstration, told by the command that newcomers run: every figure is what the generated data says."""

import pytest

from tests.system.demo_home import DemoHome

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
REFUSALS = (
    "lapsed",
    "no_replica",
    "not_screened",
    "own_code_missing",
    "provider_has_no_code",
    "refused_no_assessment",
    "refused_no_legal_basis",
    "withheld",
)
NODES = ("town-a", "town-b", "gateway-east", "gateway-west", "network", "jlis")
MEMORY_MB = 600


def test_it_ends_well(demo: DemoHome) -> None:
    assert demo.first.status == 0, demo.first.errors


def test_every_valid_result_is_imported_and_every_mistake_rejected(demo: DemoHome) -> None:
    towns = demo.manifest.towns

    assert demo.first.figures["imported"] == sum(town.valid_results for town in towns)
    assert demo.first.figures["rejected"] == sum(sum(town.mistakes.values()) for town in towns)
    assert demo.first.figures["rejected"] == len(demo.manifest.mistakes)


def test_everyone_who_moved_is_asked_about(demo: DemoHome) -> None:
    assert demo.first.figures["inquired"] >= sum(town.movers_out for town in demo.manifest.towns)


def test_movers_results_are_answered_and_adopted(demo: DemoHome) -> None:
    with_results = sum(town.movers_out - town.movers_out_without_results for town in demo.manifest.towns)

    figures = demo.first.figures
    # Those held for an answer by hand are among them.
    assert with_results - figures["held"] - 3 <= figures["answered"] <= with_results
    assert figures["adopted"] >= figures["answered"]


def test_inquiries_end_in_every_way_the_story_tells(demo: DemoHome) -> None:
    figures = demo.first.figures

    assert {reason for reason, count in figures["refused"].items() if count > 0} == set(REFUSALS)
    ended = figures["answered"] + figures["held"] + sum(figures["refused"].values())
    assert ended == figures["inquired"]


def test_a_year_is_told_from_who_is_due_to_the_report(demo: DemoHome) -> None:
    year = demo.first.figures["year"]

    assert len(year["senders"]) == 3
    assert all(sender["imported"] > 0 for sender in year["senders"].values())
    assert sum(sender["rejected"] for sender in year["senders"].values()) > 0
    # Nobody is counted who was not imported, and withdrawn or adopted results are not this year's.
    assert 0 < year["examined"] <= sum(sender["imported"] for sender in year["senders"].values())
    assert year["examined"] < year["eligible"]
    assert year["needs_detail"] == year["detail_known"] + year["unknown"] == sum(year["states"].values())
    assert 0 < year["coupons"] <= year["targets"]
    assert 0 < year["reminded"] < year["coupons"]
    assert year["report_cells"] > year["examined"] > 0
    assert set(year["indicators"]) == {"51", "52", "53", "54", "55", "56", "57", "58"}
    assert 0 < year["indicators"]["51"]["participation"] < 100


def test_every_nodes_evidence_is_verified(demo: DemoHome) -> None:
    records = demo.first.figures["evidence_records"]

    assert demo.first.figures["evidence_verified"] is True
    assert set(records) == set(NODES)
    assert all(count > 0 for count in records.values())


def test_it_fits_into_a_small_machine(demo: DemoHome) -> None:
    assert 0 < demo.first.figures["peak_rss_mb"] < MEMORY_MB


def test_the_second_run_takes_up_what_is_there(demo: DemoHome) -> None:
    again = demo.tell()

    assert again.status == 0, again.errors
    assert again.figures == demo.first.figures
    assert again.seconds < demo.first.seconds / 2
