"""An institution that is suspended takes no part, wherever it would; what was permitted before may end."""

from datetime import timedelta

import orjson
import pytest
from django.db import transaction

from tasuki.evidence.queries import entries_of
from tasuki.gateway.operations.institutions import register_institution
from tasuki.gateway.operations.provisions import answer_permits
from tasuki.network import queries
from tasuki.network.codes import CodeMaker
from tasuki.network.models import IssuedCode
from tasuki.network.operations.codes import issue_codes
from tasuki.network.operations.holders import tell_holders
from tasuki.network.operations.notices import keep_notices
from tasuki.network.operations.permits import decide_inquiries
from tasuki.network.operations.registry import register_member
from tasuki.network.permitted import permissions
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows
from tasuki.operating import operations
from tasuki.protocol.messages import (
    AcquisitionOutcome,
    CodeRequest,
    Permit,
    PermitList,
    PermitReply,
    PermitRequest,
    State,
)
from tasuki.protocol.portal_messages import CodedNotice, PortalNoticeKind, PortalNoticeState
from tasuki.protocol.seeking import HoldersAsked, SeekOutcome
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.integration.exchange.parties import CIPHER, GATEWAY, ISSUER, LAWFUL, LUNG, OTHER, OWN, START
from tests.integration.persons.index import CLERK

pytestmark = pytest.mark.django_db
NETWORK, SERVED = "network_institution", "gateway_institution"
FIRST, SECOND = "0193578d-0000-7000-8000-000000000001", "0193578d-0000-7000-8000-000000000002"
MAKER = CodeMaker(lambda purpose: purpose.encode().ljust(32, b".")[-32:])


@pytest.fixture(autouse=True)
def network() -> None:
    for code in (OWN, OTHER):
        register_member(
            member=Institution(InstitutionCode(code), "模擬市", "Mogi", MunicipalityCode("139980")),
            institution_class=InstitutionClass.MUNICIPALITY, gateway=GATEWAY, assessed_on=START.date(), by=CLERK,
            at=START,
        )  # fmt: skip
        register_institution(institution=code, town="town-test", by=CLERK, at=START)
        IssuedCode.objects.create(institution=code, linkage_code=code * 2, pivot=b"p" * 32, issued_at=START)


def suspend(table: str, institution: str) -> None:
    done = operations.suspend_institution(table=table, institution=institution, why="a key", by=CLERK, at=START)
    assert done


def ask(number: str) -> PermitReply:
    request = PermitRequest(
        transaction_number=number, inquirer=OWN, inquirer_code=OWN * 2, provider=OTHER, data_sets=[LUNG],
        procedure=LAWFUL, department="課", non_disclosure=False, requested_at=START,
    )  # fmt: skip
    return decide_inquiries(requests=[request], permissions=permissions(), issuer=ISSUER, by=CLERK, at=START)


@pytest.mark.parametrize("institution", [OWN, OTHER])
def test_it_neither_asks_nor_is_asked_but_a_permit_given_before_is_told_again(institution: str) -> None:
    assert ask(FIRST).decisions[0].state == State.PERMITTED
    suspend(NETWORK, institution)
    refused = ask(SECOND)
    assert (refused.decisions[0].state, refused.decisions[0].basis) == (State.REFUSED_SUSPENDED, "番号法24条")
    assert refused.documents == []
    again = ask(FIRST)
    assert again.decisions[0].state == State.PERMITTED
    assert len(again.documents) == 1
    assert operations.resume_institution(table=NETWORK, institution=institution, by=CLERK, at=START)
    # It was decided once; a new inquiry is a new decision.
    assert ask(SECOND).decisions[0].state == State.REFUSED_SUSPENDED
    assert ask(SECOND[:-1] + "3").decisions[0].state == State.PERMITTED


def test_it_is_issued_no_code_and_gets_one_when_it_is_resumed() -> None:
    request = CodeRequest(institution=OWN, acquisition_number="a" * 32, resident_record_code="12345678901")

    def issued() -> AcquisitionOutcome:
        [reply] = issue_codes(requests=[request], maker=MAKER, by=CLERK, at=START)
        return reply.outcome

    suspend(NETWORK, OWN)
    assert issued() == AcquisitionOutcome.INSTITUTION_SUSPENDED
    assert queries.deliveries_for(GATEWAY, 10) == []
    operations.resume_institution(table=NETWORK, institution=OWN, by=CLERK, at=START)
    assert issued() == AcquisitionOutcome.ISSUED


def test_it_is_named_to_nobody_and_told_nobody() -> None:
    asked = HoldersAsked(
        transaction_number=FIRST, inquirer=OWN, inquirer_code=OWN * 2, procedure=LAWFUL, department="課",
        requested_at=START,
    )  # fmt: skip

    def told() -> tuple[SeekOutcome, list[str]]:
        [one] = tell_holders(items=[asked], permissions=permissions(), by=CLERK, at=START)
        return one.outcome, one.institutions

    assert told() == (SeekOutcome.TOLD, [OTHER])
    suspend(NETWORK, OTHER)
    assert told() == (SeekOutcome.TOLD, [])
    suspend(NETWORK, OWN)
    assert told() == (SeekOutcome.SUSPENDED, [])


def test_its_notices_wait() -> None:
    notice = CodedNotice(
        institution=OWN, notice_id=FIRST, linkage_code=OWN * 2, kind=PortalNoticeKind.DETAILED_EXAMINATION_OPEN,
        day=START.date(), expires_at=START + timedelta(days=30),
    )  # fmt: skip

    def kept() -> PortalNoticeState:
        [told] = keep_notices(items=[notice], gateway=GATEWAY, maker=MAKER, by=CLERK, at=START)
        return told.state

    suspend(NETWORK, OWN)
    assert kept() == PortalNoticeState.WAITING
    operations.resume_institution(table=NETWORK, institution=OWN, by=CLERK, at=START)
    assert kept() == PortalNoticeState.DELIVERED


def test_its_gateway_puts_its_answers_off_records_that_and_answers_when_it_is_resumed() -> None:
    [document] = ask(FIRST).documents
    permits = [(permit, OTHER * 2) for permit in PermitList.model_validate_json(document.content).permits]

    def answered() -> State:
        [one] = answer_permits(permits=permits, cipher=CIPHER, by=CLERK, at=START)
        assert one.answers == []
        return one.state

    suspend(SERVED, OTHER)
    assert answered() == State.PERMITTED
    assert rows("SELECT 1 FROM gateway_provision") == []
    put_off = [
        orjson.loads(bytes(row["body"]))
        for row in rows("SELECT body FROM evidence_entry WHERE kind = 'answer_put_off'")
    ]
    assert [(one["institution"], one["numbers"]) for one in put_off] == [(OTHER, [FIRST])]
    operations.resume_institution(table=SERVED, institution=OTHER, by=CLERK, at=START)
    assert answered() == State.PROVIDER_HAS_NO_CODE
    assert [entry.kind for entry in entries_of(FIRST)][-1] == "answer_sent"


def test_what_cannot_be_recorded_is_not_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_values: object) -> None:
        raise RuntimeError("no record")

    permit = Permit(
        transaction_number=FIRST, inquirer=OWN, provider=OTHER, data_sets=[LUNG], procedure=LAWFUL, department="課",
        non_disclosure=False, requested_at=START, permitted_at=START, valid_until=START + timedelta(days=1), basis="",
    )  # fmt: skip
    suspend(SERVED, OTHER)
    monkeypatch.setattr("tasuki.gateway.operations.provisions.append_many", break_down)
    with pytest.raises(RuntimeError, match="no record"), transaction.atomic():
        answer_permits(permits=[(permit, OTHER * 2)], cipher=CIPHER, by=CLERK, at=START)
