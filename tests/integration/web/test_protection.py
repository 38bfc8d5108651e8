"""Protected persons on screen: a warning before every page of theirs, places hidden, the list taken in."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.permissions import GRANTS, Permission
from tasuki.accounts.types import Role
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage.operations.inquiries import SYSTEM as SCREENING
from tasuki.nodes.sql import rows
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people
from tasuki.persons.queries import unified_numbers
from tasuki.persons.types import PersonToNumber
from tasuki.screening.operations.protection import import_protected
from tasuki.screening.operations.results import record_result
from tasuki.screening.queries import person
from tasuki.screening.types import Recorded
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.protection import NEEDS_PLACES
from tasuki.web.sealed import seal_person, seal_unified
from tests.integration.web.conftest import AT, AYANO, SHINOBU, SYSTEM, past_the_warning
from tests.integration.web.test_access import ARGUMENTS, every_address

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]
LogIn = Callable[[Role], Client]
TOKEN = seal_person(SystemPersonNumber(SHINOBU.system_person_number))
WARNING = "支援措置の対象者の画面です"
SECRETS = (SHINOBU.name, SHINOBU.address, SHINOBU.system_person_number, "模擬町診療所")
GIVEN = {"cause": "PRESENT", "reason": "", "places": ""}


def of_one_person() -> Iterator[tuple[str, Permission]]:
    """Give every address that names a person by a token, with its permission."""
    for entry in every_address():
        if "token" in entry.pattern.converters and entry.name not in {"person-open", "index-open"}:
            yield str(entry.name), entry.callback.permission


def role_with(permission: Permission) -> Role:
    return next(role for role in Role if permission in GRANTS[role])


def address_of(name: str) -> str:
    entry = next(one for one in every_address() if one.name == name)
    token = seal_unified(unified_of_shinobu()) if name.startswith("custody") else TOKEN
    arguments = {key: ARGUMENTS[key] for key in entry.pattern.converters} | {"token": token}
    return reverse(name, kwargs=arguments)


def unified_of_shinobu() -> str:
    number = SHINOBU.system_person_number
    number_people(
        system=SCREENING,
        people=[PersonToNumber(number, "999951519640")],
        cipher=NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:]),
        by=SYSTEM,
        at=AT,
    )
    return unified_numbers(SCREENING, [number])[number]


def with_a_result() -> UUID:
    record = ScreeningRecord(
        Programme.LUNG, Stage.PRIMARY, 2025, 1, "2025-07-24", 41, "1", None, "模擬町診療所", {"9P504000000000011": "1"}
    )
    stored = record_result(person=SHINOBU.system_person_number, record=record, fee_class="1", by=SYSTEM, at=AT)
    assert isinstance(stored, Recorded)
    return stored.result_id


def opened() -> list[dict[str, object]]:
    found = rows("SELECT body FROM evidence_entry WHERE kind = 'protection_overridden' ORDER BY entry_id")
    return [orjson.loads(bytes(row["body"])) for row in found]


def test_every_address_of_one_person_was_found() -> None:
    assert len(list(of_one_person())) > 25


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("name", "permission"), list(of_one_person()))
def test_a_protected_persons_page_stands_behind_the_warning_whatever_its_address(
    logged_in: LogIn, name: str, permission: Permission, method: str
) -> None:
    answer = getattr(logged_in(role_with(permission)), method)(address_of(name))
    shown = answer.content.decode()
    assert answer.status_code == 403
    assert WARNING in shown
    assert not [secret for secret in SECRETS if secret in shown]
    assert rows("SELECT FROM evidence_entry WHERE kind = 'person_viewed'") == []


@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR])
def test_who_may_not_see_people_does_not_learn_who_is_protected(logged_in: LogIn, role: Role) -> None:
    member = logged_in(role)
    assert WARNING not in member.get(reverse("person", args=[TOKEN])).content.decode()
    assert member.post(reverse("person-open", args=[TOKEN]), GIVEN).status_code == 403
    assert opened() == []


def test_an_inquiry_about_a_protected_person_stands_behind_it_too(logged_in: LogIn) -> None:
    client = past_the_warning(logged_in(Role.HEALTH_CLERK))
    unified_of_shinobu()
    answer = client.post(reverse("inquire", args=[TOKEN]), {"provider": "1000000000000002"})
    assert answer.status_code == 302
    client.logout()
    other = logged_in(Role.CENTRE_CLERK)
    assert WARNING in other.get(answer["Location"]).content.decode()


def test_a_reason_is_recorded_before_the_page_opens_and_holds_for_that_person_and_session(logged_in: LogIn) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    wanted = reverse("person-details", args=[TOKEN])
    page = clerk.get(wanted).content.decode()
    assert f'value="{wanted}"' in page
    answer = clerk.post(reverse("person-open", args=[TOKEN]), GIVEN | {"next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, wanted)
    [entry] = opened()
    assert entry["person"] == SHINOBU.system_person_number
    assert (entry["cause"], entry["places"]) == ("PRESENT", False)
    assert SHINOBU.name in clerk.get(wanted).content.decode()
    assert WARNING in logged_in(Role.CENTRE_CLERK).get(wanted).content.decode()
    assert SHINOBU.system_person_number not in str(dict(clerk.session.items()))


def test_an_opened_page_closes_by_itself_but_a_form_may_still_be_sent(logged_in: LogIn) -> None:
    clerk = past_the_warning(logged_in(Role.HEALTH_CLERK))
    with time_machine.travel(runtime.now() + timedelta(minutes=16), tick=False):
        assert WARNING in clerk.get(reverse("person", args=[TOKEN])).content.decode()
        assert clerk.post(reverse("contact", args=[TOKEN]), {"reason": ""}).status_code == 422
    with time_machine.travel(runtime.now() + timedelta(minutes=31), tick=False):
        assert clerk.post(reverse("contact", args=[TOKEN]), {"reason": ""}).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cause": ""}, "必須"),
        ({"cause": "OTHER", "reason": ""}, "くわしい理由を入力"),
        ({"reason": "番号は 9999-5151-9640"}, "書かないでください"),
        ({"reason": "９９９９５１５１９６４０"}, "書かないでください"),
    ],
)
def test_without_a_usable_reason_nothing_opens(logged_in: LogIn, typed: dict[str, str], said: str) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    answer = clerk.post(reverse("person-open", args=[TOKEN]), GIVEN | typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert opened() == []
    assert WARNING in clerk.get(reverse("person", args=[TOKEN])).content.decode()


def test_the_way_back_leads_nowhere_else(logged_in: LogIn) -> None:
    answer = logged_in(Role.HEALTH_CLERK).post(
        reverse("person-open", args=[TOKEN]), GIVEN | {"next": "https://example.org/"}
    )
    assert answer["Location"] == reverse("person", args=[TOKEN])


def test_where_somebody_was_examined_is_hidden_unless_the_reason_was_for_that(logged_in: LogIn) -> None:
    result = with_a_result()
    clerk = logged_in(Role.HEALTH_CLERK)
    clerk.post(reverse("person-open", args=[TOKEN]), {"cause": "PRESENT", "reason": ""})
    for address in (reverse("person", args=[TOKEN]), reverse("result", args=[TOKEN, result])):
        shown = clerk.get(address).content.decode()
        assert "模擬町診療所" not in shown
    assert "支援措置のため隠しています" in shown
    # Where it cannot be hidden, it is asked for.
    assert "result-correct" in NEEDS_PLACES
    asked = clerk.get(reverse("result-correct", args=[TOKEN, result])).content.decode()
    assert "この画面には医療機関の名前が出ます" in asked
    past_the_warning(clerk)
    assert "模擬町診療所" in clerk.get(reverse("result", args=[TOKEN, result])).content.decode()
    assert clerk.get(reverse("result-correct", args=[TOKEN, result])).status_code == 200


def test_places_of_others_are_shown_as_ever(logged_in: LogIn) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    token = seal_person(SystemPersonNumber(AYANO.system_person_number))
    assert clerk.get(reverse("person", args=[token])).status_code == 200


def test_a_part_of_a_page_sends_the_whole_page_to_the_warning(logged_in: LogIn) -> None:
    address = reverse("person", args=[TOKEN])
    answer = logged_in(Role.HEALTH_CLERK).get(address, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, address)


def written(folder: Path, *lines: str) -> Path:
    file = folder / "list.csv"
    file.write_text("\n".join(("宛名番号,支援措置開始日,支援措置終了日", *lines)) + "\n", encoding="utf-8")
    return file


def test_a_list_is_taken_in_on_screen_and_what_is_wrong_is_said_with_its_line(logged_in: LogIn, tmp_path: Path) -> None:
    index_clerk = logged_in(Role.INDEX_CLERK)
    today = civil_date(runtime.now())
    assert "まだ取り込まれていません" in index_clerk.get(reverse("protected")).content.decode()
    for lines, said in (
        ([f"{AYANO.system_person_number},{today},"], "名簿を取り込みました"),
        ([f"{AYANO.system_person_number},{today},", "x,2026-02-30,"], "信頼できないため"),
    ):
        with written(tmp_path, *lines).open("rb") as file:
            sent = {"file": file, "listed_on": today.isoformat()}
            answer = index_clerk.post(reverse("protection-lists"), sent, follow=True)
        assert said in answer.content.decode()
    assert "「支援措置開始日」" in answer.content.decode()
    assert (
        WARNING
        in logged_in(Role.HEALTH_CLERK)
        .get(reverse("person", args=[seal_person(SystemPersonNumber(AYANO.system_person_number))]))
        .content.decode()
    )


@pytest.mark.parametrize(
    ("listed_on", "said"), [("2199-01-01", "今日より後"), ("", "必須"), ("きのう", "日付として読み取れません")]
)
def test_a_list_with_a_wrong_day_is_refused(logged_in: LogIn, tmp_path: Path, listed_on: str, said: str) -> None:
    with written(tmp_path, f"{AYANO.system_person_number},2026-01-01,").open("rb") as file:
        answer = logged_in(Role.INDEX_CLERK).post(reverse("protection-lists"), {"file": file, "listed_on": listed_on})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_who_only_looks_cannot_take_a_list_in(logged_in: LogIn, tmp_path: Path) -> None:
    with written(tmp_path, f"{AYANO.system_person_number},2026-01-01,").open("rb") as file:
        logged_in(Role.HEALTH_CLERK).post(reverse("protection-lists"), {"file": file, "listed_on": "2026-11-01"})
    assert rows("SELECT FROM screening_protection_load") == []


def test_a_stale_list_is_said_where_it_matters(logged_in: LogIn, tmp_path: Path) -> None:
    at = runtime.now() - timedelta(days=20)
    import_protected(
        file=written(tmp_path, f"{SHINOBU.system_person_number},2026-01-01,2026-02-01"),
        file_name="list.csv", listed_on=civil_date(at), by=SYSTEM, at=at,
    )  # fmt: skip
    clerk = logged_in(Role.HEALTH_CLERK)
    assert "名簿が古くなっています" in clerk.get(reverse("protected")).content.decode()
    assert "古い名簿のため保護している人" in clerk.get(reverse("home")).content.decode()
    # AYANO was registered after the list was made: nobody can say that she is not protected.
    registered = person(AYANO.system_person_number)
    assert registered is not None
    token = seal_person(SystemPersonNumber(AYANO.system_person_number))
    shown = clerk.get(reverse("person", args=[token])).content.decode()
    assert ("名簿が古いため" in shown) is (registered.registered_at > at)
    assert "名簿が古いため" in clerk.get(reverse("person", args=[TOKEN])).content.decode()
