"""A permit names for each data set it permits the layout version that was asked for with it."""

import orjson
import pytest

from tasuki.network.models import IssuedCode
from tasuki.network.operations.permits import decide_inquiries
from tasuki.network.operations.registry import register_member
from tasuki.network.permitted import permissions
from tasuki.network.types import InstitutionClass
from tasuki.protocol.messages import PermitRequest
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.integration.exchange.parties import GATEWAY, ISSUER, LAWFUL, LUNG, OTHER, OWN, START
from tests.integration.persons.index import CLERK

pytestmark = pytest.mark.django_db

BREAST, NEVER_LISTED = "TM00000000000092", "TM00000000000999"


def test_layouts_stay_beside_their_data_sets_where_one_is_refused_and_when_the_decision_is_told_again() -> None:
    for institution in (OWN, OTHER):
        register_member(
            member=Institution(InstitutionCode(institution), "模擬市", "Mogi", MunicipalityCode("139980")),
            institution_class=InstitutionClass.MUNICIPALITY, gateway=GATEWAY, assessed_on=START.date(), by=CLERK,
            at=START,
        )  # fmt: skip
        IssuedCode.objects.create(
            institution=institution, linkage_code=institution * 2, pivot=b"p" * 32, issued_at=START
        )
    request = PermitRequest(
        transaction_number="0193578d-0000-7000-8000-000000000001", inquirer=OWN, inquirer_code=OWN * 2, provider=OTHER,
        data_sets=[NEVER_LISTED, BREAST, LUNG], layouts=["9", "2", "1"], procedure=LAWFUL, department="課",
        non_disclosure=False, requested_at=START,
    )  # fmt: skip
    for _ in range(2):
        reply = decide_inquiries(requests=[request], permissions=permissions(), issuer=ISSUER, by=CLERK, at=START)
        [document] = reply.documents
        [permit] = orjson.loads(document.content)["permits"]
        assert dict(zip(permit["data_sets"], permit["layouts"], strict=True)) == {BREAST: "2", LUNG: "1"}
