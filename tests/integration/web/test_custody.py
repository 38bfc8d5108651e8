"""Individual numbers on screen: found without a trace, shown once for a reason, deleted when no longer needed."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import orjson
import psycopg
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tasuki.accounts.types import Role
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations.custody import delete_due_numbers, plan_deletion, search_by_number, unmask_number
from tasuki.linkage.operations.inquiries import SYSTEM as SCREENING
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.sql import rows, run
from tasuki.nodes.types import Databases
from tasuki.persons import queries as index
from tasuki.persons.errors import CustodyDamaged
from tasuki.persons.operations import number_people, open_acquisitions
from tasuki.persons.retention import EndingEvent, is_over, rule_of
from tasuki.persons.types import CustodyAct, PersonToNumber
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.web.sealed import seal_unified
from tests.integration.web.conftest import AT, AYANO, SHINOBU, SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents", "keys")]
LogIn = Callable[[Role], Client]
NUMBER, SHINOBUS, OTHER = "999951519640", "999918523810", "983205673214"
SPELLINGS = (NUMBER, "9999 5151 9640", "9999-5151-9640", "９９９９５１５１９６４０")
GIVEN = {"cause": "IDENTITY", "reason": "窓口で本人確認書類を確かめるため"}
ON = date(2026, 11, 26)


@pytest.fixture
def keys(settings: Settings, tmp_path: Path) -> Iterator[NodeKeys]:
    """The town's keys, and two people's numbers in custody under them."""
    settings.KEYS = NodeKeys(tmp_path)
    write_secret(tmp_path / "master.key", bytes(range(32)))
    number_cipher.cache_clear()
    yield settings.KEYS
    number_cipher.cache_clear()


@pytest.fixture
def ayano(residents: None, keys: NodeKeys) -> str:
    people = [
        PersonToNumber(AYANO.system_person_number, NUMBER),
        PersonToNumber(SHINOBU.system_person_number, SHINOBUS),
    ]
    number_people(system=SCREENING, people=people, cipher=number_cipher(), by=SYSTEM, at=AT)
    return index.unified_numbers(SCREENING, [AYANO.system_person_number])[AYANO.system_person_number]


def evidence(kind: str) -> list[dict[str, object]]:
    found = rows("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind])
    return [orjson.loads(bytes(row["body"])) for row in found]


def once_of(page: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_number_leads_to_its_person_in_any_spelling_and_stands_nowhere(
    logged_in: LogIn, ayano: str, typed: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = logged_in(Role.INDEX_CLERK)
    answer = client.post(reverse("custody-search"), {"number": typed})
    assert answer["Location"] == reverse("custody", args=[seal_unified(ayano)])
    page = client.get(answer["Location"])
    assert AYANO.name in page.content.decode()
    assert len(evidence("number_searched")) == 1
    places = (answer["Location"], page.content.decode(), str(dict(client.session.items())), caplog.text, _evidence())
    assert not [place for place in places if NUMBER in place]


def _evidence() -> str:
    return "".join(bytes(row["body"]).decode() for row in rows("SELECT body FROM evidence_entry"))


@pytest.mark.parametrize(
    ("typed", "said", "status"),
    [
        ("99995151964", "入力されたのは11桁", 422),
        ("999951519641", "検査用数字", 422),
        ("", "必須", 422),
        (OTHER, "この番号の人はいません", 200),
    ],
)
def test_a_number_that_leads_to_nobody_is_explained_and_not_repeated(
    logged_in: LogIn, ayano: str, typed: str, said: str, status: int
) -> None:
    answer = logged_in(Role.INDEX_CLERK).post(reverse("custody-search"), {"number": typed})
    assert (answer.status_code, said in answer.content.decode()) == (status, True)
    assert not typed or typed not in answer.content.decode()


def test_a_number_is_masked_until_a_reason_is_on_record_then_shown_once(logged_in: LogIn, ayano: str) -> None:
    client = logged_in(Role.INDEX_CLERK)
    address = reverse("custody", args=[seal_unified(ayano)])
    page = client.get(address).content.decode()
    assert "●●●● ●●●● ●●●●" in page
    assert evidence("number_unmasked") == []
    sent = GIVEN | {"once": once_of(page)}
    shown = client.post(reverse("custody-unmask", args=[seal_unified(ayano)]), sent)
    assert "9999 5151 9640" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert shown["Refresh"] == f"60; url={address}"
    [entry] = evidence("number_unmasked")
    assert (entry["person"], entry["cause"], entry["reason"]) == (ayano, "IDENTITY", GIVEN["reason"])
    # The browser's reload sends the same form again: nothing is shown, and nothing more is recorded.
    again = client.post(reverse("custody-unmask", args=[seal_unified(ayano)]), sent, follow=True)
    assert "9999 5151 9640" not in again.content.decode()
    assert "一度だけ表示します" in again.content.decode()
    assert len(evidence("number_unmasked")) == 1
    assert NUMBER not in str(dict(client.session.items())) + _evidence()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cause": ""}, "必須"),
        ({"reason": ""}, "くわしい理由を入力"),
        ({"reason": f"番号は{NUMBER}"}, "書かないでください"),
    ],
)
def test_without_a_reason_no_number_is_opened(logged_in: LogIn, ayano: str, typed: dict[str, str], said: str) -> None:
    client = logged_in(Role.INDEX_CLERK)
    once = once_of(client.get(reverse("custody", args=[seal_unified(ayano)])).content.decode())
    answer = client.post(reverse("custody-unmask", args=[seal_unified(ayano)]), GIVEN | {"once": once} | typed)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert "9999 5151 9640" not in answer.content.decode()
    assert evidence("number_unmasked") == []


def test_no_number_is_opened_when_it_cannot_be_recorded(ayano: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> int:
        raise RuntimeError("the evidence cannot be written")

    monkeypatch.setattr("tasuki.linkage.operations.custody.append", refuse)
    monkeypatch.setattr("tasuki.persons.custody.open_number", lambda **_: pytest.fail("opened without a record"))
    with pytest.raises(RuntimeError):
        unmask_number(
            unified_person_number=ayano, cause="IDENTITY", reason="x", cipher=number_cipher(), by=SYSTEM, at=AT
        )
    with pytest.raises(RuntimeError):
        search_by_number(individual_number=NUMBER, cipher=number_cipher(), by=SYSTEM, at=AT)
    _gone()
    with pytest.raises(RuntimeError):
        delete_due_numbers(expected=1, by=SYSTEM, at=AT)
    assert index.custody_of(ayano) is not None


def test_another_persons_number_moved_here_is_damage_told_in_words(logged_in: LogIn, ayano: str) -> None:
    run(
        "UPDATE persons_number_custody c SET sealed_number = o.sealed_number FROM persons_number_custody o"
        " WHERE c.unified_person_number = %s AND o.unified_person_number <> %s",
        [ayano, ayano],
        alias="index",
    )
    client = logged_in(Role.INDEX_CLERK)
    once = once_of(client.get(reverse("custody", args=[seal_unified(ayano)])).content.decode())
    answer = client.post(reverse("custody-unmask", args=[seal_unified(ayano)]), GIVEN | {"once": once})
    assert answer.status_code == 500
    assert "保管している個人番号を確認できません" in answer.content.decode()
    assert SHINOBUS not in answer.content.decode().replace(" ", "")
    assert [entry["person"] for entry in evidence("number_damaged")] == [ayano]
    with pytest.raises(CustodyDamaged):
        unmask_number(
            unified_person_number=ayano, cause="IDENTITY", reason="x", cipher=number_cipher(), by=SYSTEM, at=AT
        )


def test_an_approver_sees_the_custody_and_not_the_number(logged_in: LogIn, ayano: str) -> None:
    client = logged_in(Role.APPROVER)
    page = client.get(reverse("custody", args=[seal_unified(ayano)])).content.decode()
    assert "●●●●" in page
    assert "記録して番号を見る" not in page
    assert client.post(reverse("custody-unmask", args=[seal_unified(ayano)]), GIVEN).status_code == 403


def test_that_a_number_changed_is_kept_and_the_former_is_not(logged_in: LogIn, ayano: str) -> None:
    changed = [PersonToNumber(AYANO.system_person_number, OTHER, is_changed=True)]
    number_people(system=SCREENING, people=changed, cipher=number_cipher(), by=SYSTEM, at=AT)
    custody = index.custody_of(ayano)
    assert custody is not None
    assert [one.act for one in custody.changes] == [CustodyAct.CHANGED]
    assert index.find_by_individual_number(NUMBER, number_cipher()) is None
    assert index.find_by_individual_number(OTHER, number_cipher()) == ayano
    page = logged_in(Role.INDEX_CLERK).get(reverse("custody", args=[seal_unified(ayano)])).content.decode()
    assert "前の番号は残していません" in page


def test_the_role_of_screens_reads_neither_keys_nor_changes(database_urls: Databases) -> None:
    for table in ("persons_number_custody", "persons_number_key", "persons_custody_change"):
        with psycopg.connect(database_urls.runtime) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT * FROM person_index.{table}".encode())  # noqa: S608 — our own names


def test_what_became_of_a_number_cannot_be_rewritten(database_urls: Databases) -> None:
    for statement in ("UPDATE persons_custody_change SET act = 'CHANGED'", "DELETE FROM persons_custody_change"):
        with psycopg.connect(database_urls.index, options="-c search_path=person_index") as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
            connection.rollback()


def _gone(day: date = date(2020, 6, 1), died: date | None = None) -> None:
    row = ResidentRow(
        **{name: getattr(AYANO, name) for name in AYANO.__slots__} | {"moved_out_date": day, "died_date": died}
    )
    register_residents(rows=[row], by=SYSTEM, at=AT, reason="register")


def test_a_number_is_deleted_when_its_time_is_over_and_the_person_stays(logged_in: LogIn, ayano: str) -> None:
    client = logged_in(Role.INDEX_CLERK)
    assert "消す番号はありません" in client.get(reverse("custody-deletion")).content.decode()
    _gone()
    page = client.get(reverse("custody-deletion")).content.decode()
    assert "1人の個人番号を消す" in page
    assert (
        "数えたときから人数が変わりました"
        in client.post(reverse("custody-deletion"), {"expected": "2"}, follow=True).content.decode()
    )
    assert index.find_by_individual_number(NUMBER, number_cipher()) == ayano
    done = client.post(reverse("custody-deletion"), {"expected": "1"}, follow=True).content.decode()
    assert "1人の個人番号を消しました" in done
    assert index.find_by_individual_number(NUMBER, number_cipher()) is None
    custody = index.custody_of(ayano)
    assert custody is not None
    assert (custody.has_number, custody.code_bound_at) == (False, None)
    assert custody.systems == ((SCREENING, AYANO.system_person_number),)
    assert [one.act for one in custody.changes] == [CustodyAct.DELETED]
    [entry] = evidence("numbers_deleted")
    assert (entry["count"], entry["events"]) == (1, {"MOVED_OUT": 1, "DIED": 0})
    assert index.unified_numbers(SCREENING, [SHINOBU.system_person_number])


def test_a_number_that_is_needed_elsewhere_or_just_now_stays(ayano: str) -> None:
    _gone()
    number_people(system="tax", people=[PersonToNumber("9", NUMBER)], cipher=number_cipher(), by=SYSTEM, at=AT)
    plan = plan_deletion(ON)
    assert (plan.people, plan.shared) == ((), 1)
    run("DELETE FROM persons_system_person WHERE system = 'tax'", alias="index")
    run(
        "INSERT INTO linkage_inquiry (transaction_number, system_person_number, provider, data_sets, procedure,"
        " department, non_disclosure, requested_at, requested_by, state, state_at, basis, reason, answers, adopted_by,"
        " adopted_count) VALUES (gen_random_uuid(), %s, '1', '{}', '', '', false, now(), '', 'held', now(), '', '',"
        " '[]', '', 0)",
        [AYANO.system_person_number],
    )
    assert (plan_deletion(ON).people, plan_deletion(ON).asked_about) == ((), 1)
    run("UPDATE linkage_inquiry SET state = 'received'")
    assert plan_deletion(ON).people == (ayano,)
    open_acquisitions(unified_numbers=[ayano], new_number=lambda: "0" * 32, cipher=number_cipher(), by=SYSTEM, at=AT)
    assert delete_due_numbers(expected=1, by=SYSTEM, at=AT) == 0
    assert index.find_by_individual_number(NUMBER, number_cipher()) == ayano


@pytest.mark.parametrize(
    ("moved_out", "died", "over"),
    [
        (date(2021, 3, 31), None, True),
        (date(2021, 4, 1), None, False),
        (None, date(2021, 3, 31), True),
        (None, date(2021, 4, 1), False),
        (date(2026, 1, 1), date(2020, 1, 1), True),
        (None, None, False),
    ],
)
def test_the_time_is_counted_from_the_end_of_the_fiscal_year(
    moved_out: date | None, died: date | None, over: bool
) -> None:
    assert is_over(moved_out=moved_out, died=died, on=ON) is over
    assert rule_of(EndingEvent.DIED, ON).citation == "番号法20条"
