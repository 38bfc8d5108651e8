"""The resident register: loaded, compared, searched."""

import pytest

from tasuki.nodes.sql import rows
from tasuki.screening import queries
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import RegisterReport
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
    "text", ["たすきざき", "ﾀｽｷｻﾞｷ ﾀﾂﾔ", "達也", NUMBER, "０００１０００００２", "仮想町4-24-14", ""]
)
def test_people_are_found_however_they_are_spelled(text: str) -> None:
    register(resident())
    page = queries.search_people(text=text)
    assert (page.total, [row.system_person_number for row in page.rows]) == (1, [NUMBER])
