"""The network names who holds a code and may be asked, and nobody else (命令85号40条3項・4項)."""

from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest

from tasuki.evidence.queries import entries_of
from tasuki.network.models import IssuedCode
from tasuki.network.operations.holders import tell_holders
from tasuki.network.operations.registry import register_member
from tasuki.network.permitted import permissions
from tasuki.network.types import InstitutionClass
from tasuki.protocol.seeking import Holders, HoldersAsked, SeekOutcome
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.integration.exchange.parties import GATEWAY, LAWFUL, OTHER, OWN, START, UNASSESSED, UNLAWFUL
from tests.integration.persons.index import CLERK

pytestmark = pytest.mark.django_db

THIRD, NO_TOWN, WITHOUT_CODE = (f"{number:016}" for number in (1005, 1006, 1007))
NUMBER = "0193578d-0000-7000-8000-000000000001"


@pytest.fixture(autouse=True)
def network() -> None:
    for code, assessed, kind in (
        (OWN, date(2020, 1, 1), InstitutionClass.MUNICIPALITY),
        (OTHER, date(2020, 1, 1), InstitutionClass.MUNICIPALITY),
        (THIRD, START.date(), InstitutionClass.MUNICIPALITY),
        (UNASSESSED, None, InstitutionClass.MUNICIPALITY),
        (NO_TOWN, date(2020, 1, 1), InstitutionClass.OTHER),
        (WITHOUT_CODE, date(2020, 1, 1), InstitutionClass.MUNICIPALITY),
    ):
        register_member(
            member=Institution(InstitutionCode(code), "模擬市", "Mogi", MunicipalityCode("139980")),
            institution_class=kind, gateway=GATEWAY, assessed_on=assessed, by=CLERK, at=START,
        )  # fmt: skip
        if code != WITHOUT_CODE:
            IssuedCode.objects.create(institution=code, linkage_code=code * 2, pivot=b"p" * 32, issued_at=START)
    IssuedCode.objects.create(institution=WITHOUT_CODE, linkage_code="e" * 32, pivot=b"q" * 32, issued_at=START)


def asked(**changes: str) -> HoldersAsked:
    values = {"inquirer": OWN, "inquirer_code": OWN * 2, "procedure": LAWFUL} | changes
    return HoldersAsked(transaction_number=NUMBER, department="課", requested_at=START, **values)


def told(item: HoldersAsked) -> Holders:
    [one] = tell_holders(items=[item], permissions=permissions(), by=CLERK, at=START)
    return one


def test_those_with_a_code_that_may_be_asked_are_named_and_the_asker_is_not() -> None:
    found = told(asked())
    assert (found.outcome, found.institutions) == (SeekOutcome.TOLD, [OTHER, THIRD])
    assert found.basis
    [entry] = entries_of(NUMBER)
    body = orjson.loads(entry.body)
    assert (body["institutions"], body["code"], body["inquirer"]) == ([OTHER, THIRD], OWN * 2, OWN)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"procedure": UNLAWFUL}, SeekOutcome.NO_LEGAL_BASIS),
        ({"inquirer": NO_TOWN, "inquirer_code": NO_TOWN * 2}, SeekOutcome.NO_LEGAL_BASIS),
        ({"inquirer": "9" * 16}, SeekOutcome.NO_LEGAL_BASIS),
        ({"inquirer": UNASSESSED, "inquirer_code": UNASSESSED * 2}, SeekOutcome.NO_ASSESSMENT),
        ({"inquirer_code": "f" * 32}, SeekOutcome.OWN_CODE_MISSING),
    ],
)
def test_who_may_not_seek_hears_why_and_no_name(changes: dict[str, str], outcome: SeekOutcome) -> None:
    found = told(asked(**changes))
    assert (found.outcome, found.institutions) == (outcome, [])


def test_a_person_nobody_else_knows_has_nobody_to_ask() -> None:
    found = told(asked(inquirer=WITHOUT_CODE, inquirer_code="e" * 32))
    assert (found.outcome, found.institutions) == (SeekOutcome.TOLD, [])


def test_a_table_of_law_no_longer_in_force_lets_nobody_seek() -> None:
    over = [replace(row, until=START.date() - timedelta(days=1)) for row in permissions()]
    [found] = tell_holders(items=[asked()], permissions=over, by=CLERK, at=START)
    assert found.outcome is SeekOutcome.NO_LEGAL_BASIS
