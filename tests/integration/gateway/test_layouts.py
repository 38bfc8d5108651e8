"""A record in several layout versions: the answer is in the newest one the asker reads, or says that there is none."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from tasuki.gateway.operations.provisions import answer_permits
from tasuki.gateway.operations.replicas import register_replicas
from tasuki.nodes.sql import run
from tasuki.protocol.messages import DataSetAnswer, Inquiry, Permit, State
from tests.integration.gateway.test_replicas import BY, CIPHER, INSTITUTION, PERSON, known_by
from tests.sheets import received_sheet

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LUNG, CERVIX = "TM00000000000090", "TM00000000000096"
CODE = "a" * 32


@pytest.fixture(autouse=True)
def person() -> None:
    known_by(CODE)


def register(key: str, layout: str, *, data_set: str = CERVIX, until: date | None = None, taken: bool = True) -> None:
    item = received_sheet(
        institution=INSTITUTION, unified_person_number=PERSON, data_set=data_set, record_key=key,
        layout_version=layout, taken=taken, published_from=date(2026, 1, 1), published_to=until,
        payload=f"<{key} in {layout}/>",
    )  # fmt: skip
    register_replicas(items=[item], cipher=CIPHER, by=BY, at=AT)
    run("DROP TABLE IF EXISTS pg_temp.replica_staging")


def answers(*layouts: str, data_sets: tuple[str, ...] = (CERVIX,)) -> tuple[State, list[DataSetAnswer]]:
    permit = Permit(
        transaction_number="0193578d-0000-7000-8000-000000000001", inquirer="1000000000000002", provider=INSTITUTION,
        data_sets=list(data_sets), layouts=list(layouts), procedure="JT99990000000141", department="課",
        non_disclosure=False, requested_at=AT, permitted_at=AT, valid_until=AT + timedelta(days=7),
        basis="番号法19条8号",
    )  # fmt: skip
    [provision] = answer_permits(permits=[(permit, CODE)], cipher=CIPHER, by=BY, at=AT)
    return provision.state, provision.answers


def test_the_answer_is_in_the_newest_version_the_asker_reads() -> None:
    for layout in ("1", "2", "10"):
        register("2025-01", layout)
    for asked, given in (("1", "1"), ("2", "2"), ("9", "2"), ("10", "10"), ("11", "10")):
        assert answers(asked)[1][0].payloads == [f"<2025-01 in {given}/>"]
    assert answers()[1][0].payloads == ["<2025-01 in 10/>"]


def test_each_data_set_has_a_version_of_its_own() -> None:
    for layout in ("1", "2"):
        register("2025-01", layout)
        register("2024-01", layout, data_set=LUNG)
    _, given = answers("2", "1", data_sets=(LUNG, CERVIX))
    assert [one.payloads for one in given] == [["<2024-01 in 2/>"], ["<2025-01 in 1/>"]]


def test_a_record_the_asker_cannot_read_withholds_its_data_set_so_that_no_part_passes_for_the_whole() -> None:
    register("2024-01", "1")
    register("2025-01", "2")
    assert answers("1") == (State.OTHER_LAYOUT, [DataSetAnswer(data_set=CERVIX, state=State.OTHER_LAYOUT)])


def test_what_else_was_answered_is_received_beside_it() -> None:
    register("2025-01", "2")
    register("2025-01", "1", data_set=LUNG)
    state, given = answers("1", "1", data_sets=(LUNG, CERVIX))
    assert (state, [one.state for one in given]) == (State.RECEIVED, [State.RECEIVED, State.OTHER_LAYOUT])


def test_a_version_no_longer_in_force_is_not_given() -> None:
    register("2025-01", "1", until=date(2026, 7, 1))
    register("2025-01", "2")
    assert answers("1")[0] is State.OTHER_LAYOUT


def test_that_nothing_was_taken_is_told_in_the_version_asked_for_too() -> None:
    register("none", "1", taken=False)
    register("none", "2", taken=False)
    assert answers("1")[0] is State.NOT_SCREENED


def test_layouts_that_do_not_stand_beside_the_data_sets_are_refused() -> None:
    values = {
        "transaction_number": "0193578d-0000-7000-8000-000000000001", "institution": INSTITUTION,
        "unified_person_number": PERSON, "provider": "1000000000000002", "data_sets": [LUNG, CERVIX],
        "procedure": "JT99990000000141", "department": "課", "requested_at": AT,
    }  # fmt: skip
    assert Inquiry.model_validate(values | {"layouts": ["1", "2"]}).layouts == ["1", "2"]
    with pytest.raises(ValidationError, match="one version for each data set"):
        Inquiry.model_validate(values | {"layouts": ["1"]})
