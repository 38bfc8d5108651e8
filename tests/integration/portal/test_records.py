"""Who asked about me: what the network discloses of its records, what it leaves out without a word, and its proof."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from tasuki import runtime
from tasuki.api.network.routes import ROUTES
from tasuki.evidence.types import EntryKind
from tasuki.network.models import Correction, PermitRecord, RecordCorrection
from tasuki.network.operations import self_reading
from tasuki.nodes.sql import rows
from tasuki.protocol.errors import MessageRefused
from tasuki.protocol.messages import State
from tasuki.protocol.portal import portal
from tasuki.protocol.self_reading import RECORDS_A_PAGE, SelfRecordsAsked
from tests.integration.own_results.way import AT, BY, LUNG, MAKER, OTHER, OWN, Way, record_code
from tests.integration.portal.conftest import Enter
from tests.portal import ANOTHER, CARD, ME

pytestmark = pytest.mark.django_db
BASIS = "番号法19条8号・別表111項"


def permit(asked: datetime, **how: Any) -> PermitRecord:
    """Keep one exchange of the person's at the network: a town asked another, and was answered."""
    pivot = MAKER.pivot(record_code(how.pop("place", ME)))
    values = {
        "transaction_number": runtime.new_id(asked), "inquirer": OTHER, "inquirer_code": MAKER.code(OTHER, pivot),
        "provider": OWN, "data_sets": [LUNG], "refused_data_sets": [], "procedure": "JT99990000000141",
        "department": "健康づくり課", "non_disclosure": False, "requested_at": asked, "decided_at": asked,
        "valid_until": asked + timedelta(days=7), "decision": "permitted", "basis": BASIS, "outcome": "received",
        "provided_at": asked,
    }  # fmt: skip
    return PermitRecord.objects.create(**values | how)


@pytest.fixture
def known(way: Way) -> Way:
    """Let another town have a code of the person as well."""
    way.know(ME, OTHER)
    way.know(ANOTHER, OTHER)
    return way


def page_of(browser: Client, **place: str) -> str:
    answer = browser.post("/records/", place) if place else browser.get("/records/")
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(code: str) -> list[str]:
    told = self_reading.tell_own_records(portal_code=code, before=None, by=BY, at=AT)
    return [one.transaction_number for one in told.records]


def test_a_person_reads_who_asked_whom_when_for_what_and_under_which_article(enter: Enter, known: Way) -> None:
    browser = enter()
    one = permit(AT - timedelta(days=1))
    page = page_of(browser)
    for words in (
        "架空区が架空区に照会しました", "提供された", "2026年11月26日", "肺がん検診（一次検診）", BASIS, "健康づくり課",
        str(one.transaction_number),
    ):  # fmt: skip
        assert words in page
    for code in (one.inquirer_code, CARD):
        assert code not in page


def test_nothing_is_told_of_what_is_not_disclosed_not_over_or_somebody_elses(known: Way) -> None:
    code = known.code(ME)
    shown = permit(AT - timedelta(days=2))
    refused = permit(AT - timedelta(days=3), decision="refused_no_legal_basis", outcome="", basis="")
    permit(AT - timedelta(days=1), non_disclosure=True)
    permit(AT - timedelta(days=1), outcome="")
    for end in ("lapsed", "failed", "cancelled", "held"):
        permit(AT - timedelta(days=1), outcome=end)
    permit(AT - timedelta(days=1), place=ANOTHER)
    permit(AT - timedelta(days=366 * 7))
    assert numbers(code) == [str(shown.transaction_number), str(refused.transaction_number)]
    # A town's own code opens nothing here, and neither does one that nobody has.
    assert numbers(shown.inquirer_code) == numbers("0" * 32) == []


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_either_told_in_words_or_kept_back(known: Way, state: State) -> None:
    code = known.code(ME)
    permit(AT, outcome=state.value)
    kept_back = {
        "created", "sent", "permitted", "notified", "held", "released", "lapsed", "failed", "cancelled",
    }  # fmt: skip
    told = self_reading.tell_own_records(portal_code=code, before=None, by=BY, at=AT).records
    assert [one.outcome.value for one in told] == (
        [] if state.value in kept_back else [_told_as(state)]
    ), state  # fmt: skip


def _told_as(state: State) -> str:
    if state.value in {"provided", "received", "not_screened", "purged"}:
        return "provided"
    return "nothing" if state.value in {"no_replica", "other_layout", "withheld"} else "refused"


def test_own_requests_are_among_them_and_corrections_show(enter: Enter, known: Way) -> None:
    browser = enter()
    browser.post("/ask/", {"providers": [OWN]})
    known.pass_on()
    told = permit(AT - timedelta(days=5))
    values = {"transaction_number": told.transaction_number, "decided_at": AT, "noted_at": AT}
    RecordCorrection.objects.create(
        correction=runtime.new_id(AT), institution=OWN, other=OTHER, direction="provided", field="department",
        former="健康づくり課", value="健康推進課", ground="mistake", **values,
    )  # fmt: skip
    page = page_of(browser)
    assert "あなたが架空区に請求しました" in page
    assert "健康推進課" in page
    assert "健康づくり課" not in page
    assert page.count("その後に訂正あり") == 1
    other = permit(AT - timedelta(days=6))
    Correction.objects.create(
        transaction_number=other.transaction_number, data_set=LUNG, ordinal=1, kind="corrected", corrected_at=AT,
        noted_at=AT,
    )  # fmt: skip
    assert page_of(browser).count("その後に訂正あり") == 2


def test_pages_are_bounded_and_lead_on_to_the_end_without_a_gap(enter: Enter, known: Way) -> None:
    browser = enter()
    at_once = AT - timedelta(days=1)
    made = [permit(at_once if place < 3 else AT - timedelta(hours=place)) for place in range(RECORDS_A_PAGE + 2)]
    first = self_reading.tell_own_records(portal_code=known.code(ME), before=None, by=BY, at=AT)
    assert first.earlier is not None
    rest = self_reading.tell_own_records(portal_code=known.code(ME), before=first.earlier, by=BY, at=AT)
    seen = [one.transaction_number for one in (*first.records, *rest.records)]
    assert len(first.records) == RECORDS_A_PAGE
    assert rest.earlier is None
    assert sorted(seen) == sorted(str(one.transaction_number) for one in made)
    assert "もっと前の記録を見る" in page_of(browser)
    place = {"requested_at": first.earlier.requested_at.isoformat(), "transaction_number": seen[RECORDS_A_PAGE - 1]}
    assert page_of(browser, **place).count("照会しました") == 2
    assert browser.post("/records/", place | {"requested_at": "yesterday"}).status_code == 400


def test_a_disclosure_is_recorded_before_it_is_made_or_not_made(known: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    permit(AT)
    code = known.code(ME)
    assert len(numbers(code)) == 1
    [row] = rows("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.SELF_RECORDS_TOLD.value])
    body = bytes(row["body"]).decode()
    for said in (f'"code":"{code}"', '"count":1', portal().records_article):
        assert said in body

    def broken(**_kwargs: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(self_reading, "append", broken)
    with pytest.raises(DatabaseError):
        numbers(code)
    with pytest.raises(DatabaseError):
        self_reading.tell_inbox(portal_code=code, by=BY, at=AT)


def test_the_network_tells_the_portal_of_one_person_at_a_time() -> None:
    checked = {route.path: route.check for route in ROUTES if route.path.startswith("/v1/self-") and route.check}
    assert set(checked) == {"/v1/self-inbox", "/v1/self-holders", "/v1/self-records"}
    two: Any = type("Incoming", (), {"items": [SelfRecordsAsked(portal_code="0" * 32)] * 2, "sender": BY})()
    two.sender = type("Sender", (), {"name": "portal"})()
    for check in checked.values():
        with pytest.raises(MessageRefused, match="one person"):
            check(two)
