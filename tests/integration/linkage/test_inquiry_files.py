"""Files of inquiries: every line is asked or has its problem, and none is lost or asked twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki import runtime
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.inquiry_files import UnusableFile, city_of
from tasuki.linkage.operations import inquiry_files as operations
from tasuki.linkage.operations import register_provider
from tasuki.linkage.operations.inquiries import Asker
from tasuki.linkage.queries import inquiry_files as queries
from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.inquiry_files import Bucket
from tasuki.nodes.sql import rows, run
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.protocol import messages
from tasuki.protocol.messages import DataSetAnswer, State
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.integration.persons.index import CIPHER, CLERK

pytestmark = pytest.mark.django_db(databases=["default", "index"])

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OWN, SAPPORO = "1000000000000001", "0201100200000000"
LUNG, BREAST = "TM00000000000090", "TM00000000000092"
GOOD = {
    "system": "01", "person": "000000000104223", "unified": "", "at": "20261123120000000", "department": "KENKO",
    "user": "u1", "inquirer": OWN, "non_disclosure": "0", "affair": "JM00000000000001",
    "procedure": "JT99990000000141", "from_inquirer": "", "from_provider": "", "provider": SAPPORO, "data_set": LUNG,
    "condition": "0", "year": "", "begin": "", "end": "",
}  # fmt: skip


@dataclass
class Answering:
    """A gateway that answers each data set as it is told, and remembers what it was asked."""

    state: State = State.RECEIVED
    asked: list[messages.Inquiry] = field(default_factory=list)

    def inquire(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        self.asked += items
        return [
            messages.InquiryProgress(
                transaction_number=item.transaction_number,
                state=self.state,
                at=AT,
                answers=[
                    DataSetAnswer(data_set=code, state=State.NOT_SCREENED) for code in item.data_sets
                ] if self.state is State.RECEIVED else [],
            )
            for item in items
        ]  # fmt: skip

    def answers_read(self, items: Sequence[messages.AnswerRead]) -> list[messages.Accepted]:
        return [messages.Accepted(accepted=True) for _ in items]


@pytest.fixture
def gateway() -> Answering:
    return Answering()


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    people = [
        ResidentRow(number, number, f"例示　{number}", "レイジ", date(1980, 1, 1), "1", address="架空区模擬町")
        for number in ("000104223", "104224", "000104225", "0104225", "104226")
    ]
    register_residents(rows=people, by=CLERK, at=AT, reason="test")
    number_people(
        system=SYSTEM, people=[PersonToNumber(number, None) for number in ("000104223", "104224")], cipher=CIPHER,
        by=CLERK, at=AT,
    )  # fmt: skip
    register_provider(
        institution=Institution(InstitutionCode(SAPPORO), "札幌市", "Sapporo", MunicipalityCode("011002")),
        by=CLERK,
        at=AT,
    )


def line(**changes: str) -> str:
    return ",".join((GOOD | changes).values())


def taken_in(*lines: str) -> UUID | UnusableFile:
    content = "".join(f"{one}\r\n" for one in lines).encode("cp932")
    return operations.take_in(file_name="照会.csv", content=content, own=OWN, by=CLERK, at=AT)


def taken(*lines: str) -> UUID:
    file_id = taken_in(*lines)
    assert isinstance(file_id, UUID)
    return file_id


def ask(file_id: UUID, gateway: Answering, *, again: bool = False) -> int:
    own = Asker(OWN, cast(GatewayLink, gateway), runtime.new_id, "JT99990000000141", "健康づくり課")
    return operations.ask_rows(file_id=file_id, asker=own, again=again, by=CLERK, at=AT)


def outcomes(file_id: UUID) -> list[tuple[Bucket, str, str]]:
    found = queries.outcomes(file_id)
    return [(one.bucket, one.problem, one.field_name) for one in found]


@pytest.mark.parametrize(
    ("changes", "problem", "where"),
    [
        ({"end": "20260331,"}, "fields", ""),
        ({"person": "104223"}, "form", "person"),
        ({"person": "00000000010422X"}, "form", "person"),
        ({"department": "健康"}, "form", "department"),
        ({"at": "20261323120000000"}, "time", "requested_at"),
        ({"inquirer": SAPPORO}, "other_inquirer", "inquirer"),
        ({"from_provider": SAPPORO}, "delegated", "delegated_provider"),
        ({"condition": "1"}, "restricted", "condition"),
        ({"begin": "20250401"}, "restricted", "from"),
        ({"provider": "99999"}, "abroad", "provider"),
        ({"provider": "13104"}, "unknown_provider", "provider"),
        ({"data_set": "TM00000000000001"}, "unknown_data_set", "data_set"),
        ({"person": "000000000999999"}, "unknown_person", "person"),
        ({"person": "000000000104225"}, "ambiguous_person", "person"),
        ({"person": "000000000104226"}, "not_numbered", "person"),
        ({"unified": "999999999999999", "data_set": "TM00000000000094"}, "other_unified", "unified_person"),
    ],
)
def test_every_problem_of_a_line_is_named_with_its_field_and_the_others_are_asked(
    gateway: Answering, changes: dict[str, str], problem: str, where: str
) -> None:
    file_id = taken(line(), line(**changes), line(data_set=BREAST))

    assert ask(file_id, gateway) == 1

    assert outcomes(file_id) == [(Bucket.ANSWERED, "", ""), (Bucket.PROBLEM, problem, where), (Bucket.ANSWERED, "", "")]
    [inquiry] = gateway.asked
    assert inquiry.data_sets == [LUNG, BREAST]
    assert queries.outcomes(file_id)[0].state is State.NOT_SCREENED


def test_a_line_that_stands_twice_is_asked_once(gateway: Answering) -> None:
    file_id = taken(line(), line())
    ask(file_id, gateway)
    assert outcomes(file_id) == [(Bucket.ANSWERED, "", ""), (Bucket.PROBLEM, "twice", "")]


def test_a_ward_is_asked_at_its_city_and_non_disclosure_travels(gateway: Answering) -> None:
    file_id = taken(line(provider="01101"), line(person="000000000104224", non_disclosure="1"))
    ask(file_id, gateway)
    assert {(one.provider, one.non_disclosure) for one in gateway.asked} == {(SAPPORO, False), (SAPPORO, True)}
    assert (city_of("14118"), city_of("13104"), city_of("27140")) == ("14100", "13104", "27140")


def test_an_inquiry_about_a_protected_person_is_not_disclosed_whatever_the_file_says(gateway: Answering) -> None:
    run("UPDATE screening_resident SET protected_from = '2026-04-01' WHERE system_person_number = '104224'")
    file_id = taken(line(), line(person="000000000104224"))
    ask(file_id, gateway)
    assert [one.non_disclosure for one in sorted(gateway.asked, key=lambda one: one.unified_person_number)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"\r\n\x1a", "empty"), (b"x\r\n" * 10_001, "too_long"), (b"x" * 4_194_305, "too_large")],
)
def test_a_file_that_is_none_is_refused_whole(content: bytes, reason: str) -> None:
    assert operations.take_in(file_name="x", content=content, own=OWN, by=CLERK, at=AT) == UnusableFile(reason)
    assert queries.files() == []


def test_the_same_file_is_taken_in_once(gateway: Answering) -> None:
    file_id = taken(line())
    assert taken_in(line()) == UnusableFile("taken_before")
    ask(file_id, gateway)
    assert ask(file_id, gateway) == 0
    assert len(gateway.asked) == 1


def test_only_what_failed_is_asked_again(gateway: Answering) -> None:
    file_id = taken(line(), line(person="000000000104224"), line(data_set="TM00000000000001"))
    gateway.state = State.PROVIDER_HAS_NO_CODE
    ask(file_id, gateway)
    first = queries.outcomes(file_id)[0].transaction_number
    run("UPDATE linkage_inquiry SET state = 'withheld' WHERE system_person_number = '104224'")
    gateway.state = State.RECEIVED

    assert ask(file_id, gateway, again=True) == 1

    assert [one[0] for one in outcomes(file_id)] == [Bucket.ANSWERED, Bucket.ENDED, Bucket.PROBLEM]
    again = queries.outcomes(file_id)[0]
    assert (again.earlier, again.transaction_number != first) == (1, True)
    assert ask(file_id, gateway, again=True) == 0


def test_asking_stopped_midway_goes_on_where_it_stopped(gateway: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "PART", 1)
    file_id = taken(line(), line(person="000000000104224"))
    own = Asker(OWN, cast(GatewayLink, gateway), runtime.new_id, "JT99990000000141", "健康づくり課")

    def stop(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        operations.ask_rows(file_id=file_id, asker=own, again=False, by=CLERK, at=AT, progress=stop)
    assert sorted(one[0] for one in outcomes(file_id)) == [Bucket.ANSWERED, Bucket.NOT_ASKED]
    ask(file_id, gateway)
    assert [one[0] for one in outcomes(file_id)] == [Bucket.ANSWERED] * 2
    assert len(gateway.asked) == 2


def test_what_is_taken_out_is_recorded_without_anybodys_number(gateway: Answering) -> None:
    file_id = taken(line())
    ask(file_id, gateway)
    operations.take_results(file_id=file_id, by=CLERK, at=AT)
    bodies = [bytes(row["body"]).decode() for row in rows("SELECT body FROM evidence_entry")]
    assert any("inquiry_file_results" in body for body in bodies)
    assert not any("104223" in body for body in bodies)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_line_is_in_one_bucket_whatever_the_file_says(data: st.DataObject) -> None:
    cells = st.sampled_from([*GOOD.values(), "99999", "01101", "", "x", "0" * 15, BREAST, ",", "000000000104224"])
    changed = st.dictionaries(st.sampled_from(list(GOOD)), cells, max_size=2)
    lines = data.draw(st.lists(st.one_of(changed.map(lambda one: line(**one)), st.text(max_size=40)), max_size=12))
    content = "\r\n".join(lines).encode("utf-8", "surrogatepass")
    gateway = Answering(data.draw(st.sampled_from([State.RECEIVED, State.SENT, State.LAPSED, State.OWN_CODE_MISSING])))
    run("DELETE FROM linkage_inquiry_file")

    done = operations.take_in(file_name="x", content=content, own=OWN, by=CLERK, at=AT)

    if isinstance(done, UnusableFile):
        assert done.reason == "empty"
        return
    ask(done, gateway)
    view = queries.file(done)
    assert view is not None
    assert sum(view.counts.values()) == view.line_count == len(queries.outcomes(done))
    assert view.asked == view.line_count - view.counts[Bucket.PROBLEM]
    assert view.counts[Bucket.NOT_ASKED] == 0
    asked = sum(len(one.data_sets) for one in gateway.asked)
    assert asked == view.asked
