"""Lists of replicas: what is removed and what is registered under one key in the same list."""

import datetime as dt

import pytest

from tasuki.gateway.operations.replicas import place_of, register_replicas
from tasuki.gateway.payloads import PayloadCipher
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import Replica
from tasuki.shared.actor import institution_actor

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
INSTITUTION, PERSON, DATA_SET, KEY = "0213191100000000", "000000000000007", "TM00000000000090", "2025-01"
CIPHER = PayloadCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])


def replica(revision: int, payload: str) -> Replica:
    return Replica(
        institution=INSTITUTION, unified_person_number=PERSON, data_set=DATA_SET, record_key=KEY, revision=revision,
        layout_version="1", taken=True, published_from=AT.date(), payload=payload,
    )  # fmt: skip


def register(*items: Replica) -> None:
    register_replicas(items=items, cipher=CIPHER, by=institution_actor("town-a"), at=AT)
    # A commit empties the staging table; the test has one only at its end.
    run("DELETE FROM replica_staging")


def registered() -> list[str]:
    place = place_of(INSTITUTION, PERSON, DATA_SET, KEY)
    found = rows("SELECT payload FROM gateway_replica WHERE unified_person_number = %s", [PERSON])
    return [CIPHER.decrypt(INSTITUTION, place, bytes(row["payload"])).decode() for row in found]


def test_a_record_withdrawn_and_entered_again_in_one_list_is_registered() -> None:
    register(replica(1, "<first/>"))
    register(replica(2, ""), replica(1, "<again/>"))
    assert registered() == ["<again/>"]


def test_a_withdrawn_record_leaves_nothing_and_an_older_one_changes_nothing() -> None:
    register(replica(3, "<newer/>"))
    register(replica(2, "<older/>"))
    assert registered() == ["<newer/>"]
    register(replica(4, ""))
    assert registered() == []
