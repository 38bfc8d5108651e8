"""The register of institutions: entered, renamed, ended, searched, with its history."""

from datetime import date

import pytest

from tasuki.screening.facility_register import Validity, changes_of, entries_of, facilities_on, search_facilities
from tasuki.screening.operations.facilities import add_facility, end_facility, register_facilities, rename_facility
from tasuki.screening.types import FacilityAct, FacilityProblem, FacilityRefused, FacilityRow
from tests.integration.screening.town import AT, BY

pytestmark = pytest.mark.django_db
CLINIC = FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))
ON = date(2026, 11, 23)


def problems(outcome: object) -> tuple[FacilityProblem, ...]:
    assert isinstance(outcome, FacilityRefused)
    return outcome.problems


def test_a_renamed_institution_keeps_its_former_name_for_its_time() -> None:
    add_facility(row=CLINIC, by=BY, at=AT)
    rename_facility(facility_number="1319910030", name="模擬町クリニック", valid_from=date(2026, 4, 1), by=BY, at=AT)
    assert entries_of("1319910030") == [
        FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1), date(2026, 4, 1)),
        FacilityRow("1319910030", "模擬町クリニック", date(2026, 4, 1)),
    ]
    assert [row.name for row in facilities_on(date(2026, 3, 31))] == ["模擬町診療所"]
    assert [row.name for row in facilities_on(date(2026, 4, 1))] == ["模擬町クリニック"]
    renamed, added = changes_of("1319910030")
    assert (added.act, added.before, added.after) == (FacilityAct.ADDED, None, CLINIC)
    assert (renamed.act, renamed.before, renamed.changed_by, renamed.changed_at) == (
        FacilityAct.RENAMED, CLINIC, str(BY), AT,
    )  # fmt: skip


def test_an_ended_number_may_begin_again_but_never_overlap() -> None:
    add_facility(row=CLINIC, by=BY, at=AT)
    overlapping = FacilityRow("1319910030", "別の医院", date(2020, 4, 1))
    assert problems(add_facility(row=overlapping, by=BY, at=AT)) == (FacilityProblem.PERIODS_OVERLAP,)
    end_facility(facility_number="1319910030", valid_to=date(2020, 4, 1), by=BY, at=AT)
    assert problems(end_facility(facility_number="1319910030", valid_to=ON, by=BY, at=AT)) == (
        FacilityProblem.ALREADY_ENDED,
    )
    assert add_facility(row=overlapping, by=BY, at=AT) == overlapping


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    add_facility(row=CLINIC, by=BY, at=AT)
    same = rename_facility(facility_number="1319910030", name="模擬町診療所", valid_from=ON, by=BY, at=AT)
    assert problems(same) == (FacilityProblem.SAME_NAME,)
    early = rename_facility(facility_number="1319910030", name="別名", valid_from=date(2015, 4, 1), by=BY, at=AT)
    assert problems(early) == (FacilityProblem.PERIOD_ENDS_BEFORE_IT_BEGINS,)
    unknown = end_facility(facility_number="1319910099", valid_to=ON, by=BY, at=AT)
    assert problems(unknown) == (FacilityProblem.NOT_REGISTERED,)
    assert entries_of("1319910030") == [CLINIC]
    assert len(changes_of("1319910030")) == 1


def test_a_file_keeps_what_it_changes() -> None:
    assert register_facilities(rows=[CLINIC], by=BY, at=AT) == 1
    assert register_facilities(rows=[CLINIC], by=BY, at=AT) == 0
    assert register_facilities(rows=[FacilityRow("1319910030", "改名医院", date(2015, 4, 1))], by=BY, at=AT) == 1
    changed, added = changes_of("1319910030")
    assert (added.act, changed.act, changed.before) == (FacilityAct.ADDED, FacilityAct.CHANGED, CLINIC)


def test_the_register_is_searched_by_number_and_name_and_by_validity() -> None:
    gone = FacilityRow("1319910031", "旧模擬検診所", date(2015, 4, 1), date(2019, 4, 1))
    coming = FacilityRow("1319910032", "髙﨑医院", date(2027, 4, 1))
    register_facilities(rows=[CLINIC, gone, coming], by=BY, at=AT)

    def found(**values: object) -> list[str]:
        page = search_facilities(on=ON, **values)  # type: ignore[arg-type]  # the tests name what they look for
        return [row.facility_number[-2:] for row in page.rows]

    assert found() == ["30", "32"]
    assert found(validity=Validity.EXPIRED) == ["31"]
    assert found(validity=Validity.ALL) == ["30", "31", "32"]
    assert found(text="高崎") == ["32"]
    assert found(text="９９１００３０") == ["30"]
    assert search_facilities(on=ON, validity=Validity.ALL, limit=1, offset=1).total == 3
