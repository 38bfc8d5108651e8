"""A notice travels from the town to the portal's inbox and back, and nobody it must not reach is written about."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import orjson
import pytest

from tasuki.gateway.models import Institution, Person
from tasuki.gateway.operations.notices import record_notices, record_take_back
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations.notices import carry_notices, send_notices, take_back_notices
from tasuki.linkage.queries.notices import addressees, notice_list, notices_to
from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.notices import NoticeList, NotTold
from tasuki.network.codes import CodeMaker
from tasuki.network.models import Institution as Member
from tasuki.network.models import IssuedCode, PortalNotice
from tasuki.network.operations.codes import issue_portal_codes
from tasuki.network.operations.notices import InboxNotice, fetch_notices, keep_notices, purge_notices, tell_notices
from tasuki.nodes.sql import rows, run
from tasuki.persons import queries as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import (
    CodedNotice,
    PortalNoticeAsked,
    PortalNoticeKind,
    PortalNoticeProgress,
    PortalNoticeState,
)
from tasuki.protocol.portal_messages import PortalNotice as Notice
from tasuki.runtime import new_id
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.actor import system_actor

pytestmark = pytest.mark.django_db(databases=["default", "index"])

OWN, OTHER = "1000000000000001", "1000000000000002"
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SOON, LATER = AT + timedelta(minutes=1), AT + timedelta(hours=1)
MONTH = timedelta(days=30)
BY = system_actor("test")
KIND = PortalNoticeKind.DETAILED_EXAMINATION_OPEN
GATEWAY = "gateway-east"
MAKER = CodeMaker(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
TOLD, PROTECTED, GONE, UNCODED = "0001", "0002", "0003", "0004"
EVERYBODY = [TOLD, PROTECTED, GONE, UNCODED]


def resident(number: str, **changed: Any) -> ResidentRow:
    values: dict[str, Any] = {
        "system_person_number": number, "household_number": number, "name": "架空　太郎", "kana_name": "カクウ　タロウ",
        "birth_date": date(1980, 1, 1), "sex": "1", "address": "架空区1-1",
    }  # fmt: skip
    return ResidentRow(**values | changed)


def record_code(number: str) -> str:
    return f"99{int(number):09d}"


@pytest.fixture(autouse=True)
def town() -> None:
    """Four residents, all numbered; every one but the last has a code at the gateway."""
    people = [
        resident(TOLD),
        resident(PROTECTED, protected_from=date(2026, 4, 1)),
        resident(GONE, moved_out_date=date(2026, 5, 1)),
        resident(UNCODED),
    ]
    register_residents(rows=people, by=BY, at=AT, reason="test")
    number_people(
        system=SYSTEM,
        people=[PersonToNumber(number, None) for number in EVERYBODY],
        cipher=NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:]),
        by=BY,
        at=AT,
    )
    Institution.objects.create(institution=OWN, town="town-a", joined_at=AT)
    Member.objects.create(
        institution=OWN, name="架空区", name_en="Kaku", municipality_code="131041", institution_class="municipality",
        gateway=GATEWAY, joined_at=AT,
    )  # fmt: skip
    for number in EVERYBODY[:-1]:
        give_code(number)
    Person.objects.create(institution=OWN, unified_person_number=unified(UNCODED), linkage_code=None, hold=False)


def unified(number: str) -> str:
    return index.unified_numbers(SYSTEM, [number])[number]


def give_code(number: str) -> None:
    pivot = MAKER.pivot(record_code(number))
    code = MAKER.code(OWN, pivot)
    run(
        "UPDATE persons_person SET code_bound_at = %s WHERE unified_person_number = %s",
        [AT, unified(number)],
        alias="index",
    )
    hold = number == PROTECTED
    Person.objects.update_or_create(
        institution=OWN, unified_person_number=unified(number), defaults={"linkage_code": code, "hold": hold}
    )
    IssuedCode.objects.create(institution=OWN, linkage_code=code, pivot=pivot, issued_at=AT)


class Way:
    """Gateway and network in this process, each doing its own operation; a test can lose what the network replies."""

    def __init__(self, at: datetime = AT, gateway: str = GATEWAY) -> None:
        self.at, self.gateway, self.is_cut, self.loses_reply = at, gateway, False, False
        self.left: list[CodedNotice] = []

    def send_notices(self, items: Sequence[Notice]) -> list[PortalNoticeProgress]:
        leaving, kept = record_notices(items=items, by=BY, at=self.at)
        self.left += leaving
        if self.is_cut:
            return kept + self.unreached(leaving)
        told = keep_notices(items=leaving, gateway=self.gateway, maker=MAKER, by=BY, at=self.at)
        return kept + (self.unreached(leaving) if self.loses_reply else told)

    def notice_status(self, items: Sequence[PortalNoticeAsked]) -> list[PortalNoticeProgress]:
        record_take_back(items=items, by=BY, at=self.at)
        return tell_notices(items=items, gateway=self.gateway, by=BY, at=self.at)

    def unreached(self, items: Sequence[CodedNotice]) -> list[PortalNoticeProgress]:
        waiting = PortalNoticeState.WAITING
        return [PortalNoticeProgress(notice_id=one.notice_id, state=waiting, at=self.at) for one in items]


def send(people: Sequence[str] = (TOLD,), at: datetime = AT) -> UUID:
    list_id, _sent = send_notices(people=people, kind=KIND, valid_for=MONTH, new_id=new_id, by=BY, at=at)
    return list_id


def carry(way: Way | None = None, at: datetime = AT) -> int:
    way = way or Way()
    way.at = at
    return carry_notices(institution=OWN, link=cast(GatewayLink, way), by=BY, at=at)


def listed(list_id: UUID) -> NoticeList:
    found = notice_list(list_id)
    assert found is not None
    return found


def inbox(number: str = TOLD, at: datetime = SOON) -> list[InboxNotice]:
    [code] = issue_portal_codes(resident_record_codes=[record_code(number)], maker=MAKER, by=BY, at=at)
    return fetch_notices(portal_code=code, by=BY, at=at)


def state(number: str = TOLD) -> PortalNoticeState:
    return notices_to(number)[0].state


def bodies(kind: str) -> list[dict[str, Any]]:
    found = rows("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind])
    return [orjson.loads(bytes(row["body"])) for row in found]


def test_a_notice_reaches_the_inbox_and_is_fetched_with_a_kind_and_a_day_only() -> None:
    send()
    carry()
    assert state() is PortalNoticeState.DELIVERED
    [notice] = inbox()
    assert (notice.institution, notice.sender, notice.kind, notice.day) == (OWN, "架空区", KIND, date(2026, 11, 23))
    assert notice.expires_at == AT + MONTH
    carry(at=LATER)
    assert state() is PortalNoticeState.FETCHED


def test_each_party_records_it_and_no_record_names_anybody() -> None:
    send()
    carry()
    inbox()
    kinds = ("portal_notices_sent", "portal_notices_carried", "portal_notices_kept", "portal_notices_fetched")
    recorded = {kind: bodies(kind) for kind in kinds}
    assert {kind: len(found) for kind, found in recorded.items()} == dict.fromkeys(kinds, 1)
    assert recorded["portal_notices_sent"][0]["count"] == recorded["portal_notices_kept"][0]["new"] == 1
    written = orjson.dumps(recorded).decode()
    assert unified(TOLD) not in written
    assert f'"{TOLD}"' not in written
    assert recorded["portal_notices_sent"][0]["article"] == portal().notices_article


def test_who_must_not_be_told_is_left_out_and_counted() -> None:
    found = addressees([*EVERYBODY, TOLD, "9999"], KIND, AT)
    assert found.people == (TOLD,)
    assert found.left_out == {NotTold.PROTECTED: 1, NotTold.GONE: 2, NotTold.NO_CODE: 1}
    send(EVERYBODY)
    assert bodies("portal_notices_sent")[0]["left_out"] == {"PROTECTED": 1, "GONE": 1, "NO_CODE": 1}
    assert [notices_to(number) for number in EVERYBODY[1:]] == [[], [], []]


def test_the_same_is_not_told_twice_while_it_is_under_way_nor_soon_after() -> None:
    send()
    assert addressees([TOLD], KIND, SOON).left_out == {NotTold.TOLD_LATELY: 1}
    carry()
    inbox()
    carry(at=LATER)
    assert addressees([TOLD], KIND, LATER).people == ()
    assert addressees([TOLD], KIND, AT + portal().again_after + timedelta(seconds=1)).people == (TOLD,)


def test_two_lists_at_one_moment_write_to_a_person_once(monkeypatch: pytest.MonkeyPatch) -> None:
    send()
    # The second list was chosen before the first was stored.
    monkeypatch.setattr("tasuki.linkage.queries.notices._told_lately", lambda *_asked: set())
    _list_id, second = send_notices(people=[TOLD], kind=KIND, valid_for=MONTH, new_id=new_id, by=BY, at=AT)
    assert (second.people, second.left_out) == ((), {NotTold.TOLD_LATELY: 1})
    assert len(notices_to(TOLD)) == 1


def test_a_lost_reply_or_a_cut_line_loses_and_doubles_nothing() -> None:
    way = Way()
    send()
    way.is_cut = True
    carry(way)
    assert (state(), PortalNotice.objects.count()) == (PortalNoticeState.WAITING, 0)
    way.is_cut, way.loses_reply = False, True
    carry(way)
    assert (state(), PortalNotice.objects.count()) == (PortalNoticeState.WAITING, 1)
    way.loses_reply = False
    carry(way)
    assert (state(), PortalNotice.objects.count()) == (PortalNoticeState.DELIVERED, 1)
    assert [body["new"] for body in bodies("portal_notices_kept")] == [1, 0]
    # The portal's own reply may get lost as well.
    assert inbox() == inbox(at=LATER) != []
    assert [body["new"] for body in bodies("portal_notices_fetched")] == [1, 0]


def test_it_is_taken_back_until_it_is_fetched() -> None:
    first = send()
    carry()
    assert take_back_notices(list_id=first, by=BY, at=SOON) == 1
    assert listed(first).taking_back == 1
    carry(at=SOON)
    assert state() is PortalNoticeState.TAKEN_BACK
    assert inbox() == []
    assert PortalNotice.objects.get().portal_code == ""
    second = send(at=SOON)
    carry(at=SOON)
    assert len(inbox()) == 1
    assert take_back_notices(list_id=second, by=BY, at=LATER) == 1
    carry(at=LATER)
    assert state() is PortalNoticeState.FETCHED
    assert take_back_notices(list_id=second, by=BY, at=LATER) == 0


def test_what_is_taken_back_before_it_comes_does_not_come_later() -> None:
    way = Way()
    way.is_cut = True
    taken = send()
    carry(way)
    take_back_notices(list_id=taken, by=BY, at=SOON)
    carry(at=SOON)
    assert state() is PortalNoticeState.TAKEN_BACK
    late = keep_notices(items=way.left, gateway=GATEWAY, maker=MAKER, by=BY, at=LATER)
    assert [one.state for one in late] == [PortalNoticeState.TAKEN_BACK]
    assert inbox(at=LATER) == []


@pytest.mark.parametrize("delivered", [True, False])
def test_whoever_becomes_protected_meanwhile_is_not_written_about(delivered: bool) -> None:
    send()
    if delivered:
        carry()
    register_residents(rows=[resident(TOLD, protected_from=date(2026, 11, 1))], by=BY, at=SOON, reason="test")
    way = Way()
    carry(way, at=SOON)
    assert state() is PortalNoticeState.TAKEN_BACK
    assert (way.left, inbox()) == ([], [])
    why = [body.get("why") for body in bodies("portal_notices_taken_back")]
    # The town says why; gateway and network are not told.
    assert why == ["protected or in quarantine", None, None]


def test_the_gateway_lets_nothing_out_about_somebody_on_hold_or_never_heard_of() -> None:
    send()
    Person.objects.filter(unified_person_number=unified(TOLD)).update(hold=True)
    way = Way()
    carry(way)
    assert (state(), way.left) == (PortalNoticeState.HELD, [])
    Person.objects.filter(unified_person_number=unified(TOLD)).delete()
    send(at=SOON)
    carry(way, at=SOON)
    assert (state(), way.left) == (PortalNoticeState.HELD, [])


def test_a_gateway_speaks_for_its_own_institutions_only() -> None:
    send()
    carry(Way(gateway="gateway-west"))
    assert (state(), PortalNotice.objects.count()) == (PortalNoticeState.REFUSED, 0)
    send(at=SOON)
    carry(at=SOON)
    [kept] = PortalNotice.objects.all()
    asked = PortalNoticeAsked(institution=OWN, notice_id=str(kept.notice_id), take_back=True)
    [told] = tell_notices(items=[asked], gateway="gateway-west", by=BY, at=LATER)
    assert told.state is PortalNoticeState.REFUSED
    assert len(inbox(at=LATER)) == 1


def test_what_comes_after_its_time_is_over_has_expired_and_too_long_a_time_is_refused() -> None:
    way = Way()
    send()
    carry(way, at=AT + MONTH)
    assert (state(), PortalNotice.objects.count()) == (PortalNoticeState.EXPIRED, 0)
    long = way.left[0].model_copy(update={"expires_at": AT + portal().longest + timedelta(days=2)})
    stranger = way.left[0].model_copy(update={"linkage_code": "f" * 32})
    told = keep_notices(items=[long, stranger], gateway=GATEWAY, maker=MAKER, by=BY, at=AT)
    assert [one.state for one in told] == [PortalNoticeState.REFUSED, PortalNoticeState.NO_CODE]


def test_a_number_that_names_another_persons_notice_is_refused_and_tells_nothing() -> None:
    send()
    carry()
    [kept] = PortalNotice.objects.all()
    give_code(UNCODED)
    other = CodedNotice(
        institution=OWN, notice_id=str(kept.notice_id), linkage_code=MAKER.code(OWN, MAKER.pivot(record_code(UNCODED))),
        kind=KIND, day=AT.date(), expires_at=AT + MONTH,
    )  # fmt: skip
    [told] = keep_notices(items=[other], gateway=GATEWAY, maker=MAKER, by=BY, at=SOON)
    assert told.state is PortalNoticeState.REFUSED
    assert (inbox(UNCODED), len(inbox(TOLD))) == ([], 1)


def test_it_expires_and_is_emptied_and_at_last_deleted() -> None:
    send()
    carry()
    over = AT + MONTH
    assert inbox(at=over) == []
    assert purge_notices(by=BY, at=over) == 1
    kept = PortalNotice.objects.get()
    assert (kept.portal_code, kept.kind, kept.day) == ("", "", None)
    carry(at=over)
    assert state() is PortalNoticeState.EXPIRED
    assert purge_notices(by=BY, at=over + timedelta(days=30)) == 0
    assert not PortalNotice.objects.exists()
    assert [(one["emptied"], one["deleted"]) for one in bodies("portal_notices_purged")] == [(1, 0), (0, 1)]


def test_a_time_longer_than_the_network_takes_is_cut() -> None:
    send_notices(people=[TOLD], kind=KIND, valid_for=timedelta(days=999), new_id=new_id, by=BY, at=AT)
    assert notices_to(TOLD)[0].expires_at == AT + portal().longest
    carry()
    assert state() is PortalNoticeState.DELIVERED


def test_one_persons_inbox_holds_nothing_of_anothers() -> None:
    give_code(UNCODED)
    send([TOLD])
    carry()
    assert inbox(UNCODED) == []
    assert len(inbox(TOLD)) == 1


def test_a_list_costs_the_same_number_of_statements_whatever_its_length(django_assert_max_num_queries: Any) -> None:
    numbers = [f"1{place:03d}" for place in range(200)]
    register_residents(rows=[resident(number) for number in numbers], by=BY, at=AT, reason="test")
    number_people(
        system=SYSTEM,
        people=[PersonToNumber(number, None) for number in numbers],
        cipher=NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:]),
        by=BY,
        at=AT,
    )
    run("UPDATE persons_person SET code_bound_at = %s", [AT], alias="index")
    with django_assert_max_num_queries(12):
        send(numbers)
    assert len(bodies("portal_notices_sent")) == 1
    assert bodies("portal_notices_sent")[0]["count"] == 200
