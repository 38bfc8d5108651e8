"""Wrong links of the national kinds, planted in a small town: every one is found, and hardly any other."""

import pytest

from tasuki.cli.wrong_links import broken_promises, measure_wrong_links
from tasuki.demo.generator.linked import KINDS, linked_town

pytestmark = pytest.mark.django_db(databases=["default", "index"])


def test_every_planted_link_is_found_with_its_cause_and_hardly_any_other() -> None:
    figures = measure_wrong_links(people=3_000, planted=40, seed=11)

    assert (figures["planted"], figures["found"]) == (40, 40)
    assert {kind: one["named_so"] for kind, one in figures["kinds"].items()} == {
        cause.value: share * 40 // 200 for cause, share in KINDS.items()
    }
    # A wrong birth date has nobody else to name; everywhere else the right person is named.
    assert figures["right_person_named"] == 40 - KINDS_WITHOUT_OTHER
    assert figures["flagged_share"] < 0.001
    assert broken_promises(figures) == []


KINDS_WITHOUT_OTHER = 2


def test_a_town_says_which_links_are_wrong() -> None:
    town = linked_town(people=1_000, planted=40, seed=3)

    wrong = {
        (link.system, link.registration.system_person_number)
        for link in town.links
        if town.truth[link.system, link.registration.system_person_number] != link.person
    }
    assert wrong <= town.planted.keys()
    assert len(town.planted) - len(wrong) == KINDS_WITHOUT_OTHER


@pytest.mark.parametrize(
    ("figures", "broken"),
    [
        ({"found": 40, "planted": 40, "flagged_share": 0.0009, "seconds": 119.0}, 0),
        ({"found": 39, "planted": 40, "flagged_share": 0.0009, "seconds": 119.0}, 1),
        ({"found": 40, "planted": 40, "flagged_share": 0.001, "seconds": 119.0}, 1),
        ({"found": 40, "planted": 40, "flagged_share": 0.0, "seconds": 121.0}, 1),
    ],
)
def test_a_promise_that_is_not_held_is_said(figures: dict[str, float], broken: int) -> None:
    assert len(broken_promises(figures)) == broken
