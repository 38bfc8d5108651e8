"""The resident register: loaded, compared, searched."""

from datetime import date

import pytest

from tasuki.nodes.sql import rows
from tasuki.screening import queries
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types.residents import RegisterReport
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db


def test_a_second_load_changes_only_what_changed_and_keeps_the_former_state() -> None:
    people = [resident(), resident("0001000003", name="例示　花子", kana_name="レイジ　ハナコ", sex="2")]
    register(*people)
    again = [resident(address="架空区仮想町五丁目1番1号"), people[1], resident("0001000004")]
    report = register_residents(rows=again, by=BY, at=AT, reason="daily")
    assert report == RegisterReport(added=1, changed=1, unchanged=1)
    (change,) = rows("SELECT system_person_number, reason, before->>'address' AS b, after->>'address' AS a"
                     " FROM screening_resident_change")  # fmt: skip
    assert change == {"system_person_number": NUMBER, "reason": "daily", "b": people[0].address, "a": again[0].address}
    found = queries.person(NUMBER)
    assert found is not None
    assert found.address == again[0].address


@pytest.mark.parametrize(
    "text", ["たすきざき", "ﾀｽｷｻﾞｷ ﾀﾂﾔ", "達也", NUMBER, "０００１０００００２", "仮想町4-24-14", "架空区 24", ""]
)
def test_people_are_found_however_they_are_spelled(text: str) -> None:
    register(resident())
    page = queries.search_people(text=text)
    assert (page.total, [row.system_person_number for row in page.rows]) == (1, [NUMBER])


def test_a_search_counts_everybody_and_shows_a_page() -> None:
    register(resident(), resident("0001000003"), resident("0001000004", name="例示　花子", kana_name="レイジ　ハナコ"))
    page = queries.search_people(text="たすき", limit=1, offset=1)
    assert (page.total, [row.system_person_number for row in page.rows]) == (2, ["0001000003"])
    assert queries.search_people(text="たすき", offset=2).total == 2
    assert queries.search_people(birth_date=date(1970, 6, 14), text="花子").total == 1
    assert queries.search_people(birth_date=date(1970, 6, 15)).total == 0


def test_kana_finds_places_where_no_reading_has_it_and_signs_find_nobody() -> None:
    register(resident(address="架空区かなめ台1-1"))
    assert queries.search_people(text="かなめ").total == 1
    assert [queries.search_people(text=text).total for text in ("%", "_", "・", "'")] == [0, 0, 0, 0]


def test_movers_in_are_those_another_municipality_could_answer_for() -> None:
    moved = {"moved_in_date": date(2026, 8, 7), "moved_in_from": "133922"}
    register(
        resident(**moved),
        resident("0001000003", **moved | {"moved_in_from": "99999"}),
        resident("0001000004", **moved | {"moved_in_date": date(2026, 3, 1)}),
        resident("0001000005", **moved, died_date=date(2026, 9, 1)),
    )
    assert [one.system_person_number for one in queries.movers_in(since=date(2026, 4, 1))] == [NUMBER]


def test_people_here_are_counted_and_protection_begins_on_its_day() -> None:
    register(resident(protected_from=date(2026, 4, 1)), resident("0001000003", died_date=date(2026, 9, 1)))
    assert queries.residents_here() == 1
    person = queries.person(NUMBER)
    assert person is not None
    assert [person.is_protected(day) for day in (date(2026, 3, 31), date(2026, 4, 1))] == [False, True]
