"""Either side may find that a record is not to be disclosed; then all of them know (番号法23条2項)."""

from datetime import timedelta

import pytest

from tasuki.gateway import queries as gateway
from tasuki.gateway.models import Inquiry, Institution, Person, Provision
from tasuki.gateway.operations.holds import set_holds
from tasuki.gateway.operations.inquiries import apply_outcomes
from tasuki.gateway.operations.provisions import answer_permits, decide_held
from tasuki.linkage.models import TownInquiry
from tasuki.linkage.operations.inquiries import store_progress
from tasuki.network.models import PermitRecord
from tasuki.network.operations.receipts import keep_receipts
from tasuki.protocol.messages import (
    Decision,
    HeldDecision,
    Hold,
    InquiryAsked,
    Permit,
    PermitRequest,
    State,
)
from tasuki.protocol.messages import (
    Provision as Answer,
)
from tests.integration.records.test_corrections import AT, BY, CIPHER, CODE, LUNG, PERSON
from tests.integration.records.test_retention import OTHER, OWN, asked, number, permitted, town_asked

pytestmark = pytest.mark.django_db

UNTIL = AT + timedelta(days=7)


@pytest.fixture(autouse=True)
def known() -> None:
    Institution.objects.create(institution=OTHER, town="town-b", joined_at=AT)
    Person.objects.create(institution=OTHER, unified_person_number=PERSON, linkage_code=CODE, hold=True)
    asked(1, AT, state="permitted", provided_at=None, linkage_code="1" * 32)
    permitted(1, AT, outcome="", valid_until=UNTIL)
    town_asked(1, AT, state="permitted")


def answered(*, asked_so: bool = False) -> Answer:
    permit = Permit(
        transaction_number=number(1), inquirer=OWN, provider=OTHER, data_sets=[LUNG], procedure="JT99990000000141",
        department="課", non_disclosure=asked_so, requested_at=AT, permitted_at=AT, valid_until=UNTIL, basis="x",
    )  # fmt: skip
    [answer] = answer_permits(permits=[(permit, CODE)], cipher=CIPHER, by=BY, at=AT)
    return answer


def carried(answer: Answer) -> list[bool]:
    """Carry an answer to whoever asked and to the network; give what each of the four records says."""
    request = PermitRequest(
        transaction_number=number(1), inquirer=OWN, inquirer_code="1" * 32, provider=OTHER, data_sets=[LUNG],
        procedure="JT99990000000141", department="課", non_disclosure=False, requested_at=AT,
    )  # fmt: skip
    decision = Decision(transaction_number=number(1), state=State.PERMITTED, decided_at=AT, valid_until=UNTIL)
    apply_outcomes(
        requests=[request], decisions=[decision], provisions={number(1): answer}, cipher=CIPHER, by=BY, at=AT
    )
    store_progress(
        progress=gateway.progress_of([InquiryAsked(institution=OWN, transaction_number=number(1))], CIPHER),
        by=BY,
        at=AT,
    )
    keep_receipts(receipts=[receipt for receipt, _ in gateway.receipts_due([OWN], 10)], by=BY, at=AT)
    return [
        model._default_manager.values_list("non_disclosure", flat=True).get()
        for model in (Provision, Inquiry, PermitRecord, TownInquiry)
    ]


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("release", [True, False])
def test_what_staff_find_when_they_decide_by_hand_is_known_to_all(hidden: bool, release: bool) -> None:
    assert answered().state is State.HELD
    decision = HeldDecision(institution=OTHER, transaction_number=number(1), release=release, non_disclosure=hidden)
    decide_held(items=[decision], by=BY, at=AT)
    answer = answered()
    assert answer.state is (State.NO_REPLICA if release else State.WITHHELD)
    assert carried(answer) == [hidden] * 4


@pytest.mark.parametrize("hidden", [True, False])
def test_what_holds_of_the_person_is_known_to_all(hidden: bool) -> None:
    Person.objects.update(hold=False, non_disclosure=hidden)
    assert carried(answered()) == [hidden] * 4


def test_what_the_inquirer_found_is_kept_by_the_provider() -> None:
    Person.objects.update(hold=False)
    assert answered(asked_so=True).non_disclosure
    assert Provision.objects.get().non_disclosure


@pytest.mark.parametrize(
    ("hold", "non_disclosure", "left"),
    [
        # Stopped for another reason, such as a wrong link: that does not lift it …
        (True, False, True),
        # … but the end of the protection does.
        (False, False, False),
        (True, True, True),
    ],
)
def test_a_hold_for_another_reason_does_not_lift_it(hold: bool, non_disclosure: bool, left: bool) -> None:
    Person.objects.update(non_disclosure=True)
    told = Hold(institution=OTHER, unified_person_numbers=[PERSON], hold=hold, non_disclosure=non_disclosure)
    set_holds(items=[told], by=BY, at=AT)
    set_holds(items=[told], by=BY, at=AT)
    person = Person.objects.get(unified_person_number=PERSON)
    assert (person.hold, person.non_disclosure) == (hold, left)
