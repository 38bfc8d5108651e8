"""Exchange records at the three parties: they say what the law asks, and go when their retention is over."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.db import connection, models

from tasuki.evidence.types import EntryKind
from tasuki.gateway.models import Inquiry, Provision, ReceiptDue
from tasuki.gateway.operations import retention as gateway
from tasuki.linkage.models import TownInquiry
from tasuki.linkage.operations import retention as town
from tasuki.network.models import PermitRecord, SelfInquiry, SelfRequest
from tasuki.network.operations import retention as network
from tasuki.protocol.records import Purged, TooEarlyError, records
from tasuki.protocol.transitions import Party
from tasuki.shared.actor import system_actor

pytestmark = pytest.mark.django_db

OWN, OTHER = "1000000000000001", "1000000000000002"
AT = datetime(2026, 10, 27, 3, 0, tzinfo=UTC)
LIMIT = datetime(2019, 10, 27, 3, 0, tzinfo=UTC)
OVER = LIMIT - timedelta(seconds=1)
BY = system_actor("test")


def number(last: int) -> str:
    return f"01600000-0000-7000-8000-{last:012d}"


def asked(last: int, at: datetime, *, receipt_due: bool = False, **changed: Any) -> None:
    values = {
        "institution": OWN, "transaction_number": number(last), "unified_person_number": "000000000000001",
        "provider": OTHER, "data_sets": ["TM00000000000090"], "procedure": "JT99990000000141", "department": "課",
        "non_disclosure": False, "requested_at": at, "state": "received", "state_at": at, "provided_at": at,
    }  # fmt: skip
    Inquiry.objects.create(**values | changed)
    if receipt_due:
        ReceiptDue.objects.create(institution=OWN, transaction_number=number(last))


def answered(last: int, at: datetime, **changed: Any) -> None:
    values = {
        "institution": OTHER, "transaction_number": number(last), "inquirer": OWN, "linkage_code": "0" * 32,
        "data_sets": ["TM00000000000090"], "procedure": "JT99990000000141", "department": "課", "non_disclosure": False,
        "basis": "番号法19条8号", "requested_at": at, "permitted_at": at, "valid_until": at, "notified_at": at,
        "state": "provided", "provided_at": at,
    }  # fmt: skip
    Provision.objects.create(**values | changed)


def permitted(last: int, at: datetime, **changed: Any) -> None:
    values = {
        "inquirer": OWN, "inquirer_code": "1" * 32, "provider": OTHER, "data_sets": ["TM00000000000090"],
        "refused_data_sets": [], "procedure": "JT99990000000141", "department": "課", "non_disclosure": False,
        "requested_at": at, "decided_at": at, "decision": "permitted", "basis": "番号法19条8号", "outcome": "received",
        "transaction_number": number(last),
    }  # fmt: skip
    PermitRecord.objects.create(**values | changed)


def asked_for_oneself(last: int, at: datetime, **changed: Any) -> None:
    request = {"portal_code": "2" * 32, "answer_key": "x", "requested_at": at, "expires_at": at}
    SelfRequest.objects.create(request_number=number(last), **request)
    values = {
        "transaction_number": number(last), "request_number": number(last), "institution": OWN,
        "linkage_code": "2" * 32, "provider": OTHER, "data_sets": ["TM00000000000090"],
        "procedure": "JT99990000000601", "department": "課", "non_disclosure": False, "requested_at": at,
        "state": "purged", "state_at": at, "provided_at": at,
    }  # fmt: skip
    SelfInquiry.objects.create(**values | changed)


def town_asked(last: int, at: datetime, **changed: Any) -> None:
    values = {
        "transaction_number": number(last), "system_person_number": "1", "provider": OTHER,
        "data_sets": ["TM00000000000090"], "procedure": "JT99990000000141", "department": "課", "requested_at": at,
        "requested_by": "x", "state": "purged", "state_at": at,
    }  # fmt: skip
    TownInquiry.objects.create(**values | changed)


PARTIES = [
    pytest.param(asked, Inquiry, gateway.purge_records, "state_at", {"state": "held"}, id="inquirer"),
    pytest.param(asked, Inquiry, gateway.purge_records, "read_at", {"receipt_due": True}, id="inquirer-receipt"),
    pytest.param(answered, Provision, gateway.purge_records, "received_at", {"state": "held"}, id="provider"),
    pytest.param(permitted, PermitRecord, network.purge_records, "received_at", {"outcome": ""}, id="network"),
    pytest.param(
        asked_for_oneself, SelfInquiry, network.purge_records, "state_at", {"receipt_due": True}, id="portal-receipt"
    ),
    pytest.param(
        asked_for_oneself, SelfInquiry, network.purge_records, "provided_at", {"next_attempt_at": AT}, id="portal"
    ),
    pytest.param(town_asked, TownInquiry, town.purge_records, "state_at", {"state": "received"}, id="town"),
]


@pytest.mark.parametrize(("make", "model", "purge", "later", "unfinished"), PARTIES)
def test_what_is_over_goes_and_nothing_else(
    make: Callable[..., None],
    model: type[models.Model],
    purge: Callable[..., Purged],
    later: str,
    unfinished: dict[str, Any],
) -> None:
    make(1, OVER)
    make(2, LIMIT)
    make(3, OVER, **{later: LIMIT})
    make(4, OVER, **unfinished)

    assert purge(by=BY, at=AT).records == 1

    left = {str(one) for one in model._default_manager.order_by("transaction_number")}
    assert left == {number(2), number(3), number(4)}


@pytest.mark.parametrize("purge", [gateway.purge_records, network.purge_records, town.purge_records])
def test_a_purge_too_early_is_refused(purge: Callable[..., Purged]) -> None:
    asked(1, LIMIT)
    permitted(1, LIMIT)
    town_asked(1, LIMIT)
    with pytest.raises(TooEarlyError):
        purge(by=BY, at=AT, before=LIMIT + timedelta(seconds=1))
    counts = [model._default_manager.count() for model in (Inquiry, PermitRecord, TownInquiry)]
    assert counts == [1, 1, 1]


def test_a_purge_up_to_an_earlier_day_stops_there() -> None:
    asked(1, OVER)
    asked(2, OVER - timedelta(days=2))
    assert gateway.purge_records(by=BY, at=AT, before=OVER - timedelta(days=1)).records == 1
    assert [str(one) for one in Inquiry.objects.order_by("transaction_number")] == [number(1)]


def test_a_persons_request_goes_with_the_last_of_its_inquiries() -> None:
    asked_for_oneself(1, OVER)
    asked_for_oneself(2, LIMIT)
    network.purge_records(by=BY, at=AT)
    assert [str(one) for one in SelfRequest.objects.order_by("request_number")] == [number(2)]


def test_the_evidence_goes_with_the_records_and_says_so() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO evidence_entry (kind, transaction_number, recorded_at, body)"
            " VALUES ('answer_sent', %s, %s, '{}') RETURNING entry_id",
            [number(1), OVER],
        )
        (entry,) = cursor.fetchone()
        cursor.execute("INSERT INTO evidence_leaf (leaf_index, entry_id) VALUES (0, %s)", [entry])
        cursor.execute(
            "INSERT INTO evidence_checkpoint"
            " (tree_size, previous_size, root, signed_at, note, sealed_below, cluster)"
            " VALUES (1, 0, sha256('x'), %s, 'x', '1', 1)",
            [OVER],
        )
    answered(1, OVER)

    assert gateway.purge_records(by=BY, at=AT) == Purged(1, 1)

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.RECORDS_PURGED])
        [(body,)] = cursor.fetchall()
    assert orjson.loads(bytes(body)) == {
        "before": "2019-10-27T03:00:00.000000Z",
        "retention": "番号法23条・番号法施行令30条",
        "by": str(BY),
        "leaves": [[0, 0]],
    }


def test_every_field_of_the_law_is_a_column_at_every_party() -> None:
    tables = {Party.INQUIRER: Inquiry, Party.NETWORK: PermitRecord, Party.PROVIDER: Provision}
    for field in records().fields:
        for party, model in tables.items():
            model._meta.get_field(field.columns[party])
