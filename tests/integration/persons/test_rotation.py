"""The key of individual numbers is exchanged while everything goes on, survives being killed, and tells of damage."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psycopg
import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from tasuki.linkage.operations.custody import Rotation, rotate_number_key
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.sql import rows, run
from tasuki.nodes.types import Databases
from tasuki.persons import queries
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.custody import only_rotation
from tasuki.persons.errors import RotationUnderWay
from tasuki.persons.operations import number_people
from tasuki.persons.types import NumberingFault, PersonToNumber
from tasuki.shared.actor import system_actor
from tasuki.shared.identifiers import individual_number_check_digit
from tests.repo.source import ROOT

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BY = system_actor("test")


def number_of(place: int) -> str:
    first = f"{99_900_000_000 + place}"
    return first + individual_number_check_digit(first)


def people(places: Sequence[int]) -> list[PersonToNumber]:
    return [PersonToNumber(str(place), number_of(place)) for place in places]


@pytest.fixture
def committed(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_urls: Databases
) -> Iterator[Databases]:
    """Let a test commit, and remove what it did afterwards: only the owner of the tables may."""
    with django_db_blocker.unblock():
        yield database_urls
        connections.close_all()
    with psycopg.connect(database_urls.index_owner, options="-c search_path=person_index") as owner:
        owner.execute("ALTER TABLE persons_number_key DISABLE TRIGGER USER")
        owner.execute("ALTER TABLE persons_custody_change DISABLE TRIGGER USER")
        owner.execute("TRUNCATE persons_person, persons_system_person, persons_number_custody, persons_custody_change")
        owner.execute("DELETE FROM persons_number_key WHERE key_id <> '1'")
        owner.execute("UPDATE persons_number_key SET replaced_at = NULL, retired_at = NULL")
        owner.execute("ALTER TABLE persons_number_key ENABLE TRIGGER USER")
        owner.execute("ALTER TABLE persons_custody_change ENABLE TRIGGER USER")
    with psycopg.connect(database_urls.owner) as owner:
        owner.execute("ALTER TABLE evidence_entry DISABLE TRIGGER USER")
        owner.execute("TRUNCATE evidence_entry")
        owner.execute("ALTER TABLE evidence_entry ENABLE TRIGGER USER")


@pytest.fixture
def keys(tmp_path: Path) -> NodeKeys:
    write_secret(tmp_path / "master.key", bytes(range(32)))
    return NodeKeys(tmp_path)


@pytest.fixture
def cipher(keys: NodeKeys) -> NumberCipher:
    return NumberCipher(keys.derive_for_numbers, queries.live_key_ids)


def rotate(keys: NodeKeys, cipher: NumberCipher) -> Rotation:
    return rotate_number_key(make_key=keys.make_number_key, cipher=cipher, by=BY, at=AT)


def standing() -> dict[str, int]:
    found = rows("SELECT key_id, count(*) AS n FROM persons_number_custody GROUP BY key_id", alias="index")
    return {row["key_id"]: row["n"] for row in found}


def recorded() -> list[tuple[str, dict[str, object]]]:
    found = rows("SELECT kind, body FROM evidence_entry ORDER BY entry_id")
    return [(row["kind"], orjson.loads(bytes(row["body"]))) for row in found]


@pytest.mark.usefixtures("committed")
def test_every_number_comes_under_the_new_key_and_the_former_ends(keys: NodeKeys, cipher: NumberCipher) -> None:
    number_people(system="health", people=people(range(50)), cipher=cipher, by=BY, at=AT)
    before = rows("SELECT number_hash, sealed_number FROM persons_number_custody", alias="index")
    done = rotate(keys, cipher)
    assert (done.key_id, done.resumed, done.resealed, done.verified, done.retired) == ("2", False, 50, 50, ("1",))
    assert standing() == {"2": 50}
    after = rows("SELECT number_hash, sealed_number FROM persons_number_custody", alias="index")
    assert not {bytes(row["number_hash"]) for row in before} & {bytes(row["number_hash"]) for row in after}
    unified = queries.unified_numbers("health", [str(place) for place in range(50)])
    assert all(
        queries.find_by_individual_number(number_of(place), cipher) == unified[str(place)] for place in range(50)
    )
    assert [kind for kind, _ in recorded()] == ["number_key_made", "number_key_retired"]
    assert [(one.key_id, one.rows, one.retired_at is None) for one in queries.number_keys()] == [
        ("2", 50, True),
        ("1", 0, False),
    ]
    again = rotate(keys, cipher)
    assert (again.key_id, again.resealed, again.retired) == ("3", 50, ("2",))


@pytest.mark.usefixtures("committed")
def test_who_is_numbered_meanwhile_is_numbered_once_and_everybody_is_found_throughout(
    keys: NodeKeys, cipher: NumberCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasuki.linkage.operations.custody._AT_ONCE", 10)
    number_people(system="health", people=people(range(400)), cipher=cipher, by=BY, at=AT)
    unified = queries.unified_numbers("health", [str(place) for place in range(400)])
    is_over = threading.Event()
    faults: list[str] = []
    rounds = {"seeker": 0, "health": 0, "tax": 0}

    def seek() -> None:
        with closing(connections["index"]):
            while not is_over.is_set() or rounds["seeker"] < 20:
                for place in range(0, 400, 37):
                    if queries.find_by_individual_number(number_of(place), cipher) != unified[str(place)]:
                        faults.append(f"{place} was not found")
                rounds["seeker"] += 1

    def write(system: str) -> None:
        # Both systems bring the same people: most of them known under the former key, some to neither.
        with closing(connections["index"]):
            while not is_over.is_set() or rounds[system] < 20:
                first = 380 + rounds[system] * 5
                report = number_people(
                    system=system, people=people(range(first - 380, first + 5)), cipher=cipher, by=BY, at=AT
                )
                faults.extend(str(problem) for problem in report.problems)
                rounds[system] += 1

    threads = [
        threading.Thread(target=seek),
        *(threading.Thread(target=write, args=[one]) for one in ("health", "tax")),
    ]
    for thread in threads:
        thread.start()
    done = [rotate(keys, cipher) for _ in range(3)]
    is_over.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(one.is_done and len(one.retired) == 1 for one in done)
    assert done[0].resealed >= 400
    # Whoever holds a number twice would be two people.
    numbered = rows("SELECT count(*) AS n FROM persons_number_custody", alias="index")[0]["n"]
    assert set(standing()) == {"4"}
    known = max(380 + (rounds[one] - 1) * 5 + 5 for one in ("health", "tax"))
    assert numbered == max(known, 400)
    both = {one: queries.unified_numbers(one, [str(place) for place in range(known)]) for one in ("health", "tax")}
    assert all(both["tax"].get(number, person) == person for number, person in both["health"].items())


def test_a_rotation_that_was_killed_goes_on_where_it_was(
    committed: Databases, keys: NodeKeys, cipher: NumberCipher
) -> None:
    number_people(system="health", people=people(range(3_000)), cipher=cipher, by=BY, at=AT)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tasuki.config.settings.test",
        "URLS": committed.model_dump_json(),
    }
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.persons.slow_rotation", str(keys.folder)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            if int(line) >= 400:
                victim.send_signal(signal.SIGKILL)
                break
    assert victim.returncode == -signal.SIGKILL
    halfway = standing()
    assert halfway["2"] >= 400
    assert halfway["1"] > 0
    assert queries.live_key_ids() == ["2", "1"]
    # In between everybody is found and numbered as ever.
    assert all(queries.find_by_individual_number(number_of(place), cipher) for place in (0, 1, 2_999))
    report = number_people(system="tax", people=people(range(2_990, 3_010)), cipher=cipher, by=BY, at=AT)
    assert (report.linked, report.numbered, report.problems) == (10, 10, ())
    done = rotate(keys, cipher)
    assert (done.key_id, done.resumed, done.resealed, done.retired) == ("2", True, halfway["1"], ("1",))
    assert (done.verified, standing()) == (3_010, {"2": 3_010})
    assert [kind for kind, _ in recorded()].count("number_key_made") == 1


@pytest.mark.usefixtures("committed")
def test_a_number_that_was_tampered_with_is_named_and_keeps_the_former_key_alive(
    committed: Databases, keys: NodeKeys, cipher: NumberCipher
) -> None:
    number_people(system="health", people=people(range(10)), cipher=cipher, by=BY, at=AT)
    altered = queries.unified_numbers("health", ["4"])["4"]
    run(
        "UPDATE persons_number_custody SET sealed_number = set_byte(sealed_number, 20, get_byte(sealed_number, 20) # 1)"
        " WHERE unified_person_number = %s",
        [altered],
        alias="index",
    )
    done = rotate(keys, cipher)
    assert (done.damaged, done.resealed, done.retired, done.is_done) == ((altered,), 9, (), False)
    assert queries.live_key_ids() == ["2", "1"]
    with psycopg.connect(committed.index_owner, options="-c search_path=person_index") as owner:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            owner.execute("UPDATE persons_number_key SET retired_at = now() WHERE key_id = '1'")
        owner.rollback()


@pytest.mark.usefixtures("committed")
def test_a_hash_that_leads_to_another_person_is_found_by_the_check(keys: NodeKeys, cipher: NumberCipher) -> None:
    number_people(system="health", people=people(range(3)), cipher=cipher, by=BY, at=AT)
    rotate(keys, cipher)
    altered = queries.unified_numbers("health", ["1"])["1"]
    run(
        "UPDATE persons_number_custody SET number_hash = sha256(number_hash) WHERE unified_person_number = %s",
        [altered],
        alias="index",
    )
    done = rotate(keys, cipher)
    # Sealing anew hashes anew, so the check after it finds nothing wrong: the number itself was sound.
    assert (done.is_done, queries.find_by_individual_number(number_of(1), cipher)) == (True, altered)


@pytest.mark.usefixtures("committed")
def test_who_knows_only_the_former_key_cannot_write_any_more(keys: NodeKeys, cipher: NumberCipher) -> None:
    outdated = NumberCipher(keys.derive_for_numbers)
    rotate(keys, cipher)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        number_people(system="health", people=people([1]), cipher=outdated, by=BY, at=AT)
    assert queries.counts().with_number == 0


@pytest.mark.usefixtures("committed")
def test_two_persons_of_one_number_are_told_apart_under_either_key(keys: NodeKeys, cipher: NumberCipher) -> None:
    number_people(system="health", people=people([1]), cipher=cipher, by=BY, at=AT)
    keys.make_number_key("2")
    run("UPDATE persons_number_key SET replaced_at = now()", alias="index")
    run("INSERT INTO persons_number_key (key_id, made_at, made_by) VALUES ('2', now(), 'test')", alias="index")
    report = number_people(system="health", people=[PersonToNumber("other", number_of(1))], cipher=cipher, by=BY, at=AT)
    assert [(one.fault, one.holder) for one in report.problems] == [(NumberingFault.SHARED_NUMBER, "1")]


def test_only_one_rotation_goes_on_at_a_time(committed: Databases, keys: NodeKeys, cipher: NumberCipher) -> None:
    with psycopg.connect(committed.index) as other:
        (lock,) = other.execute("SELECT pg_try_advisory_lock(%s)", [0x4E4B_4559]).fetchone() or (False,)
        assert lock
        with pytest.raises(RotationUnderWay):
            rotate(keys, cipher)
        # Given back here: a server lets go of a closed connection's lock a moment later only.
        other.execute("SELECT pg_advisory_unlock(%s)", [0x4E4B_4559])
    with only_rotation():
        assert queries.live_key_ids() == ["1"]
