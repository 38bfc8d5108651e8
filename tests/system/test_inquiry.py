"""One inquiry through the whole protocol, between real processes (番号法21条–23条)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import AnswerRead, Direction, ExchangesAsked, HeldDecision, State
from tasuki.protocol.seeking import SeekOutcome
from tests.system.relay import Relay, payload, person_of_a, person_of_b
from tests.system.town_client import TownClient, wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
MESSAGES_OF_B = "protocol_received_message WHERE sender = 'town-b'"


def test_an_answer_arrives_and_three_parties_recorded_it(relay: Relay) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(1), relay.town_a.institution)

    [progress] = relay.town_b.link.inquire([inquiry])

    assert progress.state == State.RECEIVED
    assert progress.answers[0].payloads == [payload(person_of_a(1))]
    assert "番号法19条8号" in progress.basis
    kinds = {
        node: [
            row["kind"]
            for row in relay.rows(
                node,
                "SELECT kind FROM evidence_entry WHERE transaction_number = %s ORDER BY entry_id",
                [inquiry.transaction_number],
            )
        ]
        for node in ("gateway-west", "network", "gateway-east")
    }
    assert kinds["gateway-west"] == ["inquiry_sent", "answer_received"]
    assert kinds["network"][0] == "inquiry_permitted"
    assert kinds["gateway-east"] == ["answer_sent"]


def test_the_receipt_reaches_the_network_and_the_provider(relay: Relay) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(2), relay.town_a.institution)
    relay.town_b.link.inquire([inquiry])

    def received() -> bool:
        return bool(
            relay.count("network", "network_permit WHERE transaction_number = %s AND outcome = 'received'", [number])
            and relay.count(
                "gateway-east",
                "gateway_provision WHERE transaction_number = %s AND received_at IS NOT NULL",
                [number],
            )
        )

    number = inquiry.transaction_number
    wait_until(received, "the receipt")


def test_both_towns_can_list_what_was_exchanged_about_a_person(relay: Relay) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(2), relay.town_a.institution)
    since = inquiry.requested_at
    relay.town_b.link.inquire([inquiry])

    def listed(town: TownClient, person: str, *, about: str | None = None) -> dict[str, Direction]:
        asked = ExchangesAsked(institution=about or town.institution, unified_person_number=person, since=since)
        return {one.transaction_number: one.direction for one in town.link.exchanges([asked])}

    assert listed(relay.town_b, person_of_b(2)) == {inquiry.transaction_number: Direction.INQUIRED}
    assert listed(relay.town_a, person_of_a(2))[inquiry.transaction_number] is Direction.PROVIDED
    assert inquiry.transaction_number not in listed(relay.town_a, person_of_a(1))
    # A town hears of its own institution's exchanges alone.
    with pytest.raises(ExchangeFailed):
        listed(relay.town_a, person_of_b(2), about=relay.town_b.institution)


def test_asking_again_under_the_same_number_gives_the_same_answer_and_no_second_record(relay: Relay) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(3), relay.town_a.institution)

    [first] = relay.town_b.link.inquire([inquiry])
    [again] = relay.town_b.link.inquire([inquiry])

    assert again == first
    for node in ("gateway-west", "network", "gateway-east"):
        kinds = [
            row["kind"]
            for row in relay.rows(
                node,
                "SELECT kind FROM evidence_entry WHERE transaction_number = %s",
                [inquiry.transaction_number],
            )
        ]
        assert len(kinds) == len(set(kinds))


def test_what_users_of_a_town_ask_at_the_same_moment_travels_in_few_messages_and_each_gets_their_own(
    relay: Relay,
) -> None:
    people, rounds = range(60, 68), 3
    link = relay.town_b.shared()
    before = relay.count("gateway-west", MESSAGES_OF_B)

    def ask(number: int) -> list[list[str]]:
        inquiries = [relay.town_b.inquiry(person_of_b(number), relay.town_a.institution) for _ in range(rounds)]
        return [answer.payloads for one in inquiries for answer in link.inquire([one])[0].answers]

    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(ask, people))

    assert answers == [[[payload(person_of_a(number))]] * rounds for number in people]
    # One list for each round and a first one, and more where somebody comes too late for theirs.
    assert relay.count("gateway-west", MESSAGES_OF_B) - before < len(people) * rounds / 2


def test_an_answer_is_kept_until_it_was_read(relay: Relay) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(4), relay.town_a.institution)
    [first] = relay.town_b.link.inquire([inquiry])
    read = AnswerRead(institution=relay.town_b.institution, transaction_number=inquiry.transaction_number)

    [kept] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
    relay.town_b.link.answers_read([read])
    [gone] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))

    assert kept.answers == first.answers
    assert gone.state == State.RECEIVED
    assert gone.answers == []


@pytest.mark.parametrize(
    ("changes", "person", "state"),
    [
        ({"procedure": "JT99990000000999"}, 5, State.REFUSED_NO_LEGAL_BASIS),
        ({"provider": "0213391400000000"}, 5, State.REFUSED_NO_ASSESSMENT),
        ({"provider": "0299999900000000"}, 5, State.PROVIDER_UNKNOWN),
        ({"data_sets": ["TM00000000000090"]}, 5, State.NO_REPLICA),
        ({}, 350, State.OWN_CODE_MISSING),
    ],
)
def test_each_refusal_is_an_answer_with_its_reason(
    relay: Relay, changes: dict[str, object], person: int, state: State
) -> None:
    inquiry = relay.town_b.inquiry(person_of_b(person), relay.town_a.institution).model_copy(update=changes)

    [progress] = relay.town_b.link.inquire([inquiry])

    assert progress.state == state
    assert progress.answers == [] or not any(answer.payloads for answer in progress.answers)


def test_a_provider_without_a_code_is_told_apart(relay: Relay) -> None:
    [progress] = relay.town_a.link.inquire([relay.town_a.inquiry(person_of_a(350), relay.town_b.institution)])

    assert progress.state == State.PROVIDER_HAS_NO_CODE


def test_a_person_on_hold_is_answered_only_after_release(relay: Relay) -> None:
    person = person_of_a(6)
    relay.town_a.hold(person)
    inquiry = relay.town_b.inquiry(person_of_b(6), relay.town_a.institution)

    [held] = relay.town_b.link.inquire([inquiry])
    waiting = relay.town_a.link.held(relay.town_a.institution)
    [decided] = relay.town_a.link.decide_held(
        [
            HeldDecision(
                institution=relay.town_a.institution, transaction_number=inquiry.transaction_number, release=True
            )
        ]
    )

    assert held.state == State.HELD
    assert inquiry.transaction_number in [one.transaction_number for one in waiting]
    assert decided.accepted

    def answered() -> bool:
        [progress] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
        return progress.state == State.RECEIVED

    wait_until(answered, "the answer after release", seconds=40)


def test_a_held_inquiry_nobody_decides_lapses(relay: Relay) -> None:
    person = person_of_a(7)
    relay.town_a.hold(person)
    inquiry = relay.town_b.inquiry(person_of_b(7), relay.town_a.institution, valid_for_seconds=1)
    relay.town_b.link.inquire([inquiry])

    def lapsed() -> bool:
        [progress] = relay.town_b.link.inquiry_status(relay.town_b.asked([inquiry]))
        return progress.state == State.LAPSED

    wait_until(lapsed, "the lapse")


def test_the_linkage_codes_of_a_person_differ_between_institutions(relay: Relay) -> None:
    codes = {
        row["institution"]: row["linkage_code"]
        for row in relay.rows(
            "network",
            "SELECT institution, linkage_code FROM network_issued_code WHERE pivot ="
            " (SELECT pivot FROM network_issued_code WHERE institution = %s ORDER BY linkage_code LIMIT 1)",
            [relay.town_b.institution],
        )
    }

    assert len(codes) == 2
    assert len(set(codes.values())) == 2


def test_the_acquisition_numbers_are_gone_once_their_purpose_is_met(relay: Relay) -> None:
    assert relay.count("gateway-east", "gateway_acquisition") == 0
    assert relay.count("gateway-west", "gateway_acquisition") == 0
    assert relay.count("network", "network_code_delivery") == 0


def test_the_network_names_the_other_town_that_knows_a_person(relay: Relay) -> None:
    sought = relay.town_b.sought(person_of_b(1))
    [found] = relay.town_b.link.seek([sought])
    assert (found.outcome, found.institutions) == (SeekOutcome.TOLD, [relay.town_a.institution])
    for node in ("gateway-west", "network"):
        kinds = relay.rows(
            node,
            "SELECT kind FROM evidence_entry WHERE transaction_number = %s ORDER BY entry_id",
            [sought.transaction_number],
        )
        expected = ["providers_sought", "holders_told"] if node == "gateway-west" else ["holders_told"]
        assert [row["kind"] for row in kinds] == expected
