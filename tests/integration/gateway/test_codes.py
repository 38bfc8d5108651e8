"""Binding linkage codes at the gateway (番号法21条の2)."""

import datetime as dt
import threading
from collections.abc import Callable, Sequence

import psycopg
import pytest
from django.db import connection, transaction

from tasuki.config.databases import HOT_PATH
from tasuki.gateway.operations.people import bind_codes, forget_codes, open_acquisitions, tell_code_status
from tasuki.gateway.operations.seeking import record_search
from tasuki.nodes.sql import rows, run
from tasuki.nodes.types import Databases
from tasuki.protocol.messages import AcquisitionOpened, CodeForgotten, CodeIssued, CodeStatusAsked
from tasuki.protocol.seeking import ProvidersSought
from tasuki.shared.actor import institution_actor
from tasuki.shared.identifiers import new_transaction_number

AT = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
TOWN, NETWORK = institution_actor("town-a"), institution_actor("network")
INSTITUTION = "0213191100000000"


def opened(place: int) -> AcquisitionOpened:
    return AcquisitionOpened(
        institution=INSTITUTION, acquisition_number=f"{place:032x}", unified_person_number=f"{place:015d}"
    )


def issued(place: int, code: int | None = None) -> CodeIssued:
    return CodeIssued(
        institution=INSTITUTION,
        acquisition_number=f"{place:032x}",
        linkage_code=f"{place if code is None else code:032x}",
    )


def count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {query}")  # noqa: S608 — the test's own text
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_bound_code_ends_its_acquisition() -> None:
    open_acquisitions(items=[opened(1), opened(2)], by=TOWN, at=AT)

    replies = bind_codes(items=[issued(1)], by=NETWORK, at=AT)

    assert [reply.accepted for reply in replies] == [True]
    assert count("gateway_acquisition") == 1
    assert count("gateway_person WHERE linkage_code IS NOT NULL AND hold") == 1


@pytest.mark.django_db
def test_a_code_nobody_asked_for_is_refused() -> None:
    [reply] = bind_codes(items=[issued(3)], by=NETWORK, at=AT)

    assert (reply.accepted, reply.reason) == (False, "no such acquisition")
    assert count("gateway_person") == 0


@pytest.mark.django_db
def test_the_code_of_one_person_is_never_bound_to_another() -> None:
    open_acquisitions(items=[opened(1), opened(2)], by=TOWN, at=AT)
    bind_codes(items=[issued(1)], by=NETWORK, at=AT)

    [reply] = bind_codes(items=[issued(2, code=1)], by=NETWORK, at=AT)

    assert (reply.accepted, reply.reason) == (False, "code of another person")
    assert count("gateway_person WHERE linkage_code IS NOT NULL") == 1


def forgotten(place: int, at: dt.datetime = AT) -> CodeForgotten:
    return CodeForgotten(institution=INSTITUTION, unified_person_number=f"{place:015d}", deleted_at=at)


@pytest.mark.django_db
def test_a_code_is_forgotten_with_its_individual_number_and_recorded_once() -> None:
    open_acquisitions(items=[opened(1), opened(2)], by=TOWN, at=AT)
    bind_codes(items=[issued(1), issued(2)], by=NETWORK, at=AT)

    for _ in range(2):
        forget_codes(items=[forgotten(1), forgotten(1), forgotten(3)], by=TOWN, at=AT)

    assert count("gateway_person WHERE linkage_code IS NULL AND bound_at IS NULL") == 1
    assert count("gateway_person WHERE linkage_code IS NOT NULL") == 1
    assert count("evidence_entry WHERE kind = 'code_forgotten'") == 1


@pytest.mark.django_db
def test_a_code_that_came_after_the_deletion_stays_however_late_the_message_is() -> None:
    open_acquisitions(items=[opened(1)], by=TOWN, at=AT)
    bind_codes(items=[issued(1)], by=NETWORK, at=AT)

    forget_codes(items=[forgotten(1, AT - dt.timedelta(seconds=1))], by=TOWN, at=AT)

    assert count("gateway_person WHERE linkage_code IS NOT NULL") == 1
    assert count("evidence_entry WHERE kind = 'code_forgotten'") == 0


@pytest.mark.django_db
def test_while_an_acquisition_is_open_a_former_code_does_not_count() -> None:
    def is_bound(number: str) -> bool:
        asked = CodeStatusAsked(institution=INSTITUTION, acquisition_number=number, unified_person_number=f"{1:015d}")
        [told] = tell_code_status(items=[asked], by=TOWN, at=AT)
        return told.bound

    open_acquisitions(items=[opened(1)], by=TOWN, at=AT)
    bind_codes(items=[issued(1)], by=NETWORK, at=AT)
    assert is_bound(opened(1).acquisition_number)

    anew = opened(1).model_copy(update={"acquisition_number": f"{9:032x}"})
    open_acquisitions(items=[anew], by=TOWN, at=AT)
    assert not is_bound(anew.acquisition_number)

    bind_codes(items=[issued(9, code=8)], by=NETWORK, at=AT)
    assert is_bound(anew.acquisition_number)


def ask_whose_code_came(people: Sequence[str]) -> int:
    asked = [
        CodeStatusAsked(institution=INSTITUTION, acquisition_number=f"{place:032x}", unified_person_number=person)
        for place, person in enumerate(people)
    ]
    return sum(told.bound for told in tell_code_status(items=asked, by=TOWN, at=AT))


def seek(people: Sequence[str]) -> int:
    sought = [
        ProvidersSought(
            institution=INSTITUTION, transaction_number=new_transaction_number(AT, place.to_bytes(10)),
            unified_person_number=person, procedure="JT99990000000141", department="D1", requested_at=AT,
        )
        for place, person in enumerate(people)
    ]  # fmt: skip
    return len(record_search(items=sought, by=TOWN, at=AT))


def forget(people: Sequence[str]) -> int:
    forgotten = [CodeForgotten(institution=INSTITUTION, unified_person_number=one, deleted_at=AT) for one in people]
    forget_codes(items=forgotten, by=TOWN, at=AT)
    return count("evidence_entry WHERE kind = 'code_forgotten'")


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("act", [ask_whose_code_came, seek, forget])
def test_each_is_looked_up_by_their_key_though_nobody_had_a_code_when_postgresql_last_looked(
    act: Callable[[Sequence[str]], int], database_urls: Databases
) -> None:
    people = [f"{place:015d}" for place in range(3_000)]
    with psycopg.connect(database_urls.owner, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO gateway_person (institution, unified_person_number, hold, non_disclosure)"
            " SELECT %s, unnest(%s::text[]), false, false",
            [INSTITUTION, people],
        )
        owner.execute("ANALYZE gateway_person")
    # Long enough to be planned by what PostgreSQL knows of the table.
    asked = people[:300]
    with transaction.atomic():
        for setting in HOT_PATH.split("-c ")[1:]:
            run(f"SET LOCAL {setting}")
        run("UPDATE gateway_person SET linkage_code = lpad(unified_person_number, 32, '0'), bound_at = %s", [AT])
        before = rows_read()
        assert act(asked) == len(asked)
        assert rows_read() - before <= 2 * len(asked)


def rows_read() -> int:
    [row] = rows("SELECT idx_tup_fetch AS n FROM pg_stat_xact_user_tables WHERE relname = 'gateway_person'")
    return int(row["n"])


@pytest.mark.usefixtures("committed")
def test_a_list_that_arrives_twice_at_once_is_bound_and_recorded_once() -> None:
    open_acquisitions(items=[opened(place) for place in range(200)], by=TOWN, at=AT)
    items = [issued(place) for place in range(200)]
    accepted: list[int] = []

    def bind() -> None:
        accepted.append(sum(reply.accepted for reply in bind_codes(items=items, by=NETWORK, at=AT)))
        connection.close()

    threads = [threading.Thread(target=bind) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(accepted) == [0, 200]
    assert count("evidence_entry WHERE kind = 'code_bound'") == 200
