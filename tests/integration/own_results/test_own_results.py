"""A person asks through the portal for their own results: answered later, sealed for them, recorded by every party."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import DatabaseError, transaction

from tasuki import runtime
from tasuki.gateway.errors import PermitInvalid
from tasuki.gateway.models import Provision
from tasuki.gateway.operations.corrections import mark_passed
from tasuki.gateway.queries import corrections_to_tell, exchanges_of
from tasuki.network.models import Institution as Member
from tasuki.network.models import PermitRecord, SelfInquiry, SelfRequest
from tasuki.network.operations import self_inquiries, self_requests
from tasuki.network.operations.corrections import keep_corrections
from tasuki.network.operations.holders import tell_holders
from tasuki.network.operations.permits import decide_inquiries
from tasuki.network.operations.self_requests import purge_answers, take_requests
from tasuki.network.permitted import permissions
from tasuki.network.queries import corrections_by_gateway, portal_member, self_inquiries_due
from tasuki.nodes.keys import encode_key
from tasuki.nodes.sql import rows
from tasuki.protocol.messages import Direction, ExchangesAsked, PermitRequest, State
from tasuki.protocol.portal import portal
from tasuki.protocol.records import records
from tasuki.protocol.sealing import NotForUs
from tasuki.protocol.seeking import HoldersAsked, SeekOutcome
from tasuki.protocol.self_messages import SelfOutcome, SelfRequested, SelfState, open_answers
from tasuki.protocol.transitions import Party
from tests.integration.own_results.way import (
    AT,
    BY,
    GATEWAY,
    LUNG,
    OTHER,
    OWN,
    STOMACH,
    Way,
    bodies,
    opened,
    recorded,
    unified,
)

pytestmark = pytest.mark.django_db

KEY = X25519PrivateKey.generate()
ME, ANOTHER = 1, 2


@pytest.fixture
def way(tmp_path: Path) -> Way:
    """Let one town hold results of a person, and a second town a code of theirs but no results."""
    made = Way(tmp_path)
    made.know(ME)
    made.know(ANOTHER)
    made.register(ME)
    made.register(ANOTHER)
    return made


def only(way: Way, **how: object) -> str:
    """Let the person ask and the network answer; return the number of the only inquiry."""
    request = way.request(ME, KEY, **how)
    [answer] = way.ask(request).answers
    way.pass_on()
    return answer.transaction_number


def test_own_results_arrive_later_sealed_and_readable_for_the_person_only(way: Way) -> None:
    request = way.request(ME, KEY)
    told = way.ask(request)
    assert told.outcome is SelfOutcome.TAKEN
    assert [(one.provider, one.state, one.sealed) for one in told.answers] == [(OWN, SelfState.WAITING, "")]
    assert told.expires_at == AT + portal().own_results.kept

    way.pass_on()

    fetched = way.fetch(request)
    [answer] = fetched.answers
    assert (answer.state, answer.provider_name, answer.provided_at) == (SelfState.GIVEN, "架空区", AT)
    assert "附則6条" in answer.basis
    assert [(one.data_set, one.payloads) for one in opened(fetched, KEY)] == [(LUNG, [f"<own>{ME}</own>"])]
    with pytest.raises(NotForUs):
        open_answers(answer.transaction_number, answer.sealed, X25519PrivateKey.generate())
    with pytest.raises(NotForUs):
        open_answers(runtime.new_id(AT), answer.sealed, KEY)
    assert "<own>" not in str(rows("SELECT * FROM network_self_inquiry"))


def test_every_party_keeps_the_record_and_every_step_of_it(way: Way) -> None:
    number = only(way)
    way.network.report()

    permit = PermitRecord.objects.get(transaction_number=number)
    own = SelfInquiry.objects.get(transaction_number=number)
    given = Provision.objects.get(transaction_number=number)
    assert permit.inquirer == own.institution == given.inquirer == portal().institution
    assert (permit.outcome, own.state, given.state, given.outcome) == ("received", "received", "provided", "received")
    assert {field.columns[Party.INQUIRER] for field in records().fields} <= set(vars(own))
    assert recorded(number) == [
        ("inquiry_sent", "inquirer", "sent"),
        ("inquiry_permitted", "network", "permitted"),
        ("answer_sent", "provider", "provided"),
        ("answer_received", "inquirer", "received"),
        ("answer_received", "network", "received"),
    ]
    written = str(rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry"))
    assert "<own>" not in written
    # The town sees that the person asked, as one of the exchanges about them.
    asked = ExchangesAsked(institution=OWN, unified_person_number=unified(ME), since=AT - timedelta(days=1))
    [exchange] = exchanges_of([asked])
    assert (exchange.other, exchange.direction) == (portal().institution, Direction.PROVIDED)


def test_it_is_recorded_what_the_portal_fetched_and_what_of_that_was_new(way: Way) -> None:
    request = way.request(ME, KEY)
    [asked] = way.ask(request).answers
    way.fetch(request)
    way.pass_on()
    way.fetch(request)
    way.fetch(request)
    number = [asked.transaction_number]
    told = [body for kind, body in bodies(request.request_number) if kind == "self_answers_fetched"]
    assert [(body["given"], body["new"]) for body in told] == [([], []), (number, number), (number, [])]
    assert {body["code"] for body in told} == {request.portal_code}


def test_an_answer_made_after_the_validity_is_not_kept(way: Way) -> None:
    request = way.request(ME, KEY)
    [asked] = way.ask(request).answers
    way.provider_runs_late_by = timedelta(days=8)
    way.pass_on()
    own = SelfInquiry.objects.get()
    assert (own.state, own.sealed) == ("permitted", "")
    assert "received" not in [state for _, _, state in recorded(asked.transaction_number)]


STEPS: dict[str, Callable[[Way, SelfRequested], object]] = {
    "ask": lambda way, request: way.ask(request),
    "answer": lambda way, _request: way.pass_on(),
    "fetch": lambda way, request: way.fetch(request),
    "purge": lambda _way, _request: purge_answers(by=BY, at=AT + timedelta(days=31)),
}


@pytest.mark.parametrize("step", STEPS)
def test_without_its_record_nothing_is_done(way: Way, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = way.request(ME, KEY)
    if step != "ask":
        way.ask(request)
    if step in ("fetch", "purge"):
        way.pass_on()
        way.network.report()
    before = rows("SELECT * FROM network_self_inquiry"), SelfRequest.objects.count()

    def fail(**_: object) -> None:
        raise DatabaseError("no record")

    for module in (self_requests, self_inquiries):
        monkeypatch.setattr(module, "append_many", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        STEPS[step](way, request)
    assert (rows("SELECT * FROM network_self_inquiry"), SelfRequest.objects.count()) == before


def test_asked_again_it_is_the_same_answer_and_nothing_twice(way: Way) -> None:
    request = way.request(ME, KEY)
    first = way.ask(request)
    assert way.ask(request) == first
    way.pass_on()
    before = len(recorded(first.answers[0].transaction_number))
    again = way.ask(request)
    way.pass_on(timedelta(hours=1))
    assert way.fetch(request) == way.fetch(request)
    assert way.fetch(request).answers == again.answers
    assert (SelfRequest.objects.count(), SelfInquiry.objects.count(), Provision.objects.count()) == (1, 1, 1)
    assert len(recorded(first.answers[0].transaction_number)) == before
    assert [kind for kind, *_ in recorded(request.request_number)].count("self_requested") == 1


@pytest.mark.parametrize("whose", ["a town's code", "a code nobody has"])
def test_a_code_that_is_not_the_portals_is_refused_and_that_is_recorded(way: Way, whose: str) -> None:
    [row] = rows("SELECT linkage_code FROM gateway_person WHERE unified_person_number = %s", [unified(ME)])
    code = row["linkage_code"] if whose == "a town's code" else "0" * 32
    request = way.request(ME, KEY, portal_code=code)
    assert way.ask(request).outcome is SelfOutcome.CODE_UNKNOWN
    way.pass_on()
    assert (SelfRequest.objects.count(), SelfInquiry.objects.count(), Provision.objects.count()) == (0, 0, 0)
    assert [kind for kind, *_ in recorded(request.request_number)] == ["self_request_refused"]


def test_a_number_or_a_key_of_another_request_is_refused_and_tells_nothing(way: Way) -> None:
    request = way.request(ME, KEY)
    way.ask(request)
    way.pass_on()
    theirs = request.model_copy(update={"portal_code": way.code(ANOTHER)})
    other_key = encode_key(X25519PrivateKey.generate().public_key())
    for one in (theirs, request.model_copy(update={"answer_key": other_key})):
        told = way.ask(one)
        assert (told.outcome, told.answers) == (SelfOutcome.NUMBER_USED, [])
    told = way.fetch(theirs)
    assert (told.outcome, told.answers) == (SelfOutcome.UNKNOWN, [])


def test_two_requests_of_one_number_in_one_list_are_one_persons(way: Way) -> None:
    mine = way.request(ME, KEY)
    theirs = mine.model_copy(update={"portal_code": way.code(ANOTHER)})
    told = take_requests(
        items=[mine, theirs], permissions=permissions(), new_id=runtime.new_id, by=BY, at=AT
    )  # fmt: skip
    assert sorted(one.outcome for one in told) == [SelfOutcome.NUMBER_USED, SelfOutcome.TAKEN]
    assert SelfInquiry.objects.count() == 1


def test_every_institution_that_has_a_code_is_asked_and_each_answers_for_itself(way: Way) -> None:
    way.know(ME, OTHER)
    request = way.request(ME, KEY)
    way.ask(request)
    way.pass_on()
    states = {one.provider: one.state for one in way.fetch(request).answers}
    assert states == {OWN: SelfState.GIVEN, OTHER: SelfState.NOTHING}


def test_only_what_was_asked_for_is_answered(way: Way) -> None:
    way.register(ME, "<stomach/>", data_set=STOMACH)
    request = way.request(ME, KEY, providers=[OWN], data_sets=[STOMACH])
    way.ask(request)
    way.pass_on()
    assert [(one.data_set, one.payloads) for one in opened(way.fetch(request), KEY)] == [(STOMACH, ["<stomach/>"])]


def test_who_was_not_screened_is_told_so(way: Way) -> None:
    way.register(ME, data_set=STOMACH, taken=False)
    request = way.request(ME, KEY, data_sets=[STOMACH])
    way.ask(request)
    way.pass_on()
    [answer] = way.fetch(request).answers
    [part] = open_answers(answer.transaction_number, answer.sealed, KEY)
    assert (answer.state, part.state, part.payloads) == (SelfState.GIVEN, State.NOT_SCREENED, [])


def test_nobody_is_asked_about_somebody_no_institution_has_a_code_of(way: Way) -> None:
    request = way.request(3, KEY)
    assert way.ask(request).outcome is SelfOutcome.NOBODY_TO_ASK
    assert way.fetch(request).outcome is SelfOutcome.NOBODY_TO_ASK
    named = way.request(3, KEY, providers=[OWN, "1" * 16])
    way.ask(named)
    way.pass_on()
    states = {one.provider: one.state for one in way.fetch(named).answers}
    assert states == {OWN: SelfState.NOTHING, "1" * 16: SelfState.REFUSED}


@pytest.mark.parametrize("why", ["hold", "non_disclosure"])
def test_a_held_person_waits_for_the_town_and_is_not_told_why(way: Way, why: str) -> None:
    way.know(4, **{why: True})
    way.register(4)
    request = way.request(4, KEY)
    [asked] = way.ask(request).answers
    way.pass_on()
    [waiting] = way.fetch(request).answers
    assert (waiting.state, waiting.sealed) == (SelfState.WAITING, "")
    assert Provision.objects.get().state == "held"
    # A record that is kept from the person cannot come with an answer to that person.
    assert not way.decide(asked.transaction_number, release=True, non_disclosure=True)
    assert way.decide(asked.transaction_number, release=True)
    way.pass_on(timedelta(minutes=10))
    assert [one.payloads for one in opened(way.fetch(request), KEY)] == [["<own>4</own>"]]


def test_what_a_town_withholds_looks_as_if_there_were_nothing(way: Way) -> None:
    way.know(4, hold=True)
    way.register(4)
    request = way.request(4, KEY)
    [asked] = way.ask(request).answers
    way.pass_on()
    assert way.decide(asked.transaction_number, release=False, non_disclosure=True)
    way.pass_on(timedelta(minutes=10))
    [withheld] = way.fetch(request).answers
    way.know(5)
    empty = way.request(5, KEY)
    way.ask(empty)
    way.pass_on()
    [nothing] = way.fetch(empty).answers
    assert (withheld.state, withheld.sealed) == (nothing.state, nothing.sealed) == (SelfState.NOTHING, "")
    own = SelfInquiry.objects.get(transaction_number=asked.transaction_number)
    assert (own.state, own.non_disclosure) == ("withheld", True)


def test_what_nobody_decides_in_time_lapses_at_every_party_and_may_be_asked_again(way: Way) -> None:
    way.know(4, hold=True)
    request = way.request(4, KEY)
    [asked] = way.ask(request).answers
    way.pass_on()
    way.pass_on(timedelta(days=8))
    way.network.report()
    [answer] = way.fetch(request).answers
    assert answer.state is SelfState.UNANSWERED
    assert Provision.objects.get().outcome == "lapsed"
    assert recorded(asked.transaction_number)[-1] == ("inquiry_lapsed", "inquirer", "lapsed")


def test_a_gateway_that_is_away_is_asked_again_and_its_failure_recorded_once(way: Way) -> None:
    way.is_away = True
    request = way.request(ME, KEY)
    [asked] = way.ask(request).answers
    way.pass_on()
    assert self_inquiries_due(10, way.at) == []
    way.pass_on(timedelta(minutes=1))
    way.is_away = False
    way.pass_on(timedelta(minutes=1))
    assert way.fetch(request).answers[0].state is SelfState.GIVEN
    assert [kind for kind, *_ in recorded(asked.transaction_number)].count("inquiry_failed") == 1


def asked_by(way: Way, number: str) -> SelfRequested:
    """Return the request that an inquiry belongs to."""
    own = SelfInquiry.objects.get(transaction_number=number)
    return way.request(ME, KEY, request_number=str(own.request_number))


def fetched(way: Way, number: str) -> None:
    way.fetch(asked_by(way, number))


@pytest.mark.parametrize(
    ("first", "kept_for"),
    [
        (fetched, portal().own_results.after_fetch),
        (lambda _way, _number: None, portal().own_results.kept),
    ],
)
def test_the_content_goes_once_it_was_fetched_or_when_nobody_does(
    way: Way, first: Callable[[Way, str], None], kept_for: timedelta
) -> None:
    number = only(way)
    first(way, number)
    assert purge_answers(by=BY, at=AT + kept_for - timedelta(seconds=1)) == 0
    # Its time is over at that moment, and not when the worker next comes round.
    way.at = AT + kept_for
    assert [one.state for one in way.fetch(asked_by(way, number)).answers] == [SelfState.GONE]
    assert purge_answers(by=BY, at=AT + kept_for) == 1
    own = SelfInquiry.objects.get(transaction_number=number)
    assert (own.state, own.sealed) == ("purged", "")
    assert recorded(number)[-1] == ("answer_purged", "inquirer", "purged")
    assert [one.state for one in way.fetch(asked_by(way, number)).answers] == [SelfState.GONE]
    assert purge_answers(by=BY, at=AT + 2 * kept_for) == 0
    # A gateway that was away all that time still hears that the answer was received.
    way.network.report()
    assert Provision.objects.get().outcome == "received"


def test_the_person_sees_that_what_they_were_given_was_corrected_since(way: Way) -> None:
    request = way.request(ME, KEY)
    way.ask(request)
    way.pass_on()
    way.register(ME, "<new/>", revision=2, ordinal=2)
    due = corrections_to_tell([OWN], 10)
    assert [one.accepted for one in keep_corrections(items=due, gateway=GATEWAY, by=BY, at=AT)] == [True]
    mark_passed(corrections=due, by=BY, at=AT)
    assert [one.is_corrected for one in way.fetch(request).answers] == [True]
    # No gateway serves the portal: nothing waits to be carried to one.
    assert corrections_by_gateway(10) == {}
    assert rows("SELECT 1 FROM network_correction WHERE delivered_at IS NULL") == []


# --- who is not the portal ---


def permit_request(way: Way, **how: object) -> PermitRequest:
    values = {
        "transaction_number": runtime.new_id(AT), "inquirer": portal().institution, "inquirer_code": way.code(ME),
        "provider": OWN, "data_sets": [LUNG], "procedure": portal().own_results.procedure, "department": "x",
        "non_disclosure": False, "requested_at": AT,
    }  # fmt: skip
    return PermitRequest(**values | how)


def test_no_gateway_may_ask_in_the_portals_name_even_if_somebody_registered_the_portal(way: Way) -> None:
    Member.objects.create(
        institution=portal().institution, name="x", name_en="x", municipality_code="000000", gateway=GATEWAY,
        institution_class="portal", assessed_on=AT.date(), joined_at=AT,
    )  # fmt: skip
    request = permit_request(way)
    reply = decide_inquiries(
        requests=[request], permissions=permissions(), issuer=way.network.issuer, by=BY, at=AT
    )  # fmt: skip
    assert (reply.decisions[0].state, reply.documents) == (State.PROVIDER_UNKNOWN, [])
    asked = HoldersAsked(
        transaction_number=runtime.new_id(AT), inquirer=portal().institution, inquirer_code=way.code(ME),
        procedure=portal().own_results.procedure, department="x", requested_at=AT,
    )  # fmt: skip
    [told] = tell_holders(items=[asked], permissions=permissions(), by=BY, at=AT)
    assert (told.outcome, told.institutions) == (SeekOutcome.NO_LEGAL_BASIS, [])


def test_a_town_may_not_use_the_portals_procedure_nor_the_portal_a_towns(way: Way) -> None:
    code = rows("SELECT linkage_code FROM gateway_person WHERE unified_person_number = %s", [unified(ME)])
    towns = permit_request(way, inquirer=OWN, inquirer_code=code[0]["linkage_code"])
    portals = permit_request(way, procedure="JT99990000000141")
    for request in (towns, portals):
        reply = decide_inquiries(
            requests=[request], permissions=permissions(), issuer=way.network.issuer, by=BY, at=AT,
            portal=portal_member(),
        )  # fmt: skip
        assert reply.decisions[0].state is State.REFUSED_NO_LEGAL_BASIS


def test_a_gateway_answers_a_persons_inquiry_sealed_or_not_at_all(way: Way) -> None:
    only(way)
    [(_, [carried])] = way.sent
    with pytest.raises(PermitInvalid, match="comes by the network"):
        way.gateway.answer([carried.document], sender="gateway-west", at=AT)
    without_key = carried.model_copy(update={"answer_keys": {}})
    with pytest.raises(PermitInvalid, match="without its key"):
        way.send(GATEWAY, "/v1/self-provisions", None, [without_key], None)
