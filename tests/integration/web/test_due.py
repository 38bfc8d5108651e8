"""The screens about who is due."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.eligibility import queries
from tasuki.eligibility.operations.lists import recompute
from tasuki.jobs.works import KINDS, do_waiting_work
from tasuki.layouts.types import Programme
from tasuki.runtime import now
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tasuki.work import queries as works
from tasuki.work.types import WorkState
from tests.integration.web.conftest import AYANO, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
YEAR = fiscal_year_of(civil_date(now()))
TOKEN = "token"


@pytest.fixture
def clerk(logged_in: LogIn, residents: None) -> Client:
    return logged_in(Role.HEALTH_CLERK)


@pytest.fixture
def ayano() -> str:
    return seal_person(SystemPersonNumber(AYANO.system_person_number))


def page(client: Client, name: str, *arguments: object, **query: object) -> str:
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == 200
    return response.content.decode()


def filled(html: str) -> dict[str, str]:
    """Read what a form holds, as a browser would send it."""
    values = {}
    for tag in re.findall(r"<input[^>]*>", html):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in found and (found.get("type") != "checkbox" or " checked" in tag):
            values[found["name"]] = found.get("value", "on" if found.get("type") == "checkbox" else "")
    return {name: value for name, value in values.items() if name != "csrfmiddlewaretoken"}


def test_a_year_that_was_never_computed_says_so_and_is_computed_by_the_worker(clerk: Client) -> None:
    assert "この年度の対象者は、まだ計算していません。" in page(clerk, "due")
    response = clerk.post(reverse("due-compute"), {"year": YEAR})
    assert response.status_code == 302
    assert "eligibility" in KINDS
    do_waiting_work()
    [work] = works.works_of_kind(["eligibility"])
    assert (work.state, work.outcome) == (WorkState.DONE, {"people": 2, "changed_lines": 16})
    assert "2人の対象を計算しました。" in clerk.get(response["Location"]).content.decode()
    assert "その後の変更はありません。" in page(clerk, "due")


def test_a_list_shows_its_people_and_opens_their_pages_by_sealed_addresses(clerk: Client, ayano: str) -> None:
    recompute(fiscal_year=YEAR, by=SYSTEM, at=now())
    html = page(clerk, "due-list", YEAR, "52")
    assert "架空　綾乃" in html
    assert reverse("person", args=[ayano]) in html
    assert AYANO.system_person_number not in html
    assert "あてはまる人はいません" in page(clerk, "due-list", YEAR, "52", age_from=60)


def test_a_protected_persons_address_is_in_no_list(clerk: Client) -> None:
    recompute(fiscal_year=YEAR, by=SYSTEM, at=now())
    html = page(clerk, "due-list", YEAR, "56", status="NOT_DUE")
    assert "髙﨑　忍" in html
    assert "秘密町" not in html


@pytest.mark.parametrize(
    "query", [{"age_from": "60", "age_to": "50"}, {"status": "X"}, {"area": "1"}, {"reason": "no"}, {"age_to": "-1"}]
)
def test_a_filter_that_makes_no_sense_is_explained(clerk: Client, query: dict[str, str]) -> None:
    response = clerk.get(reverse("due-list", args=[YEAR, "52"]), query)
    assert response.status_code == 422
    assert "data-focus-first" in response.content.decode()


@pytest.mark.parametrize("address", ["/due/1999/51/", "/due/2026/59/", "/due/?year=1900"])
def test_what_is_no_list_is_not_found(clerk: Client, address: str) -> None:
    assert clerk.get(address).status_code == 404


def test_a_persons_page_says_what_is_due_and_why(clerk: Client, ayano: str) -> None:
    html = page(clerk, "person", ayano)
    assert "今年度は対象です。受診の記録がありません（2年に1回）。" in html
    assert "がん予防重点健康教育及びがん検診実施のための指針" in html
    assert html.count('class="is-due"') >= 3


def test_an_exclusion_is_recorded_shown_noticed_and_ended(clerk: Client, ayano: str) -> None:
    recompute(fiscal_year=YEAR, by=SYSTEM, at=now())
    form = {"programme": "52", "kind": "UNDER_TREATMENT", "valid_from": "2020/4/1", "valid_to": "", "note": "例示"}
    assert clerk.post(reverse("exclusions", args=[ayano]), form).status_code == 302
    html = page(clerk, "person", ayano)
    assert "対象ではありません。治療中と記録されています。" in html
    assert "1人は、まだ反映していません" in page(clerk, "due")
    assert clerk.post(reverse("due-refresh"), {"year": YEAR}).status_code == 302
    assert "その後の変更はありません。" in page(clerk, "due")
    again = clerk.post(reverse("exclusions", args=[ayano]), form)
    assert again.status_code == 422
    assert "同じわけで終わりを決めずに除外しています" in again.content.decode()
    [exclusion] = queries.exclusions_of(AYANO.system_person_number)
    address = reverse("exclusion-end", args=[ayano, exclusion.exclusion_id])
    number = exclusion.exclusion_id
    wrong = clerk.post(address, {f"{number}-ended_date": "いつか", f"{number}-reason": ""})
    assert (wrong.status_code, "いつか" in wrong.content.decode()) == (422, True)
    good = {f"{number}-ended_date": "2020/4/1", f"{number}-reason": "誤り"}
    assert clerk.post(address, good).status_code == 302
    assert clerk.post(address, good).status_code == 404
    assert "今年度は対象です。" in page(clerk, "person", ayano)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"valid_from": ""}, "いつから"),
        ({"valid_to": "2020/4/1"}, "「いつから」より後の日を入力してください。"),
        ({"kind": "OTHER", "note": ""}, "「その他」のときは、わけをメモに書いてください。"),
        ({"programme": "99"}, "検診"),
    ],
)
def test_an_exclusion_that_makes_no_sense_is_refused_in_words(
    clerk: Client, ayano: str, changed: dict[str, str], said: str
) -> None:
    form = {"programme": "52", "kind": "DIAGNOSED", "valid_from": "2020/4/1", "valid_to": "", "note": ""}
    response = clerk.post(reverse("exclusions", args=[ayano]), form | changed)
    assert (response.status_code, said in response.content.decode()) == (422, True)
    assert queries.exclusions_of(AYANO.system_person_number) == []


def test_options_are_saved_only_after_their_effect_was_seen(clerk: Client) -> None:
    recompute(fiscal_year=YEAR, by=SYSTEM, at=now())
    address = reverse("due-options-change")
    form = filled(page(clerk, "due-options-change")) | {"from_fiscal_year": str(YEAR), "reason": "要綱の改正"}
    form |= {"option_stomach_xray_yearly": "on", "more_periodontal_milestone": "41、42、43"}
    unseen = clerk.post(address, form | {"act": "save"})
    assert (unseen.status_code, queries.options_history()) == (200, [])
    seen = unseen.content.decode()
    assert "変えるとどうなるか" in seen
    sealed = filled(seen)["seen"]
    other = clerk.post(address, form | {"act": "save", "seen": sealed, "reference_51": "4月1日"})
    assert "確かめた後に内容が変わったため" in other.content.decode()
    assert queries.options_history() == []
    assert clerk.post(address, form | {"act": "save", "seen": sealed}).status_code == 302
    [version] = queries.options_history()
    assert (version.from_fiscal_year, version.options.chosen) == (YEAR, {"stomach_xray_yearly"})
    assert version.options.more_ages == {"periodontal_milestone": (41, 42, 43)}
    assert version.options.reference_days[Programme.LUNG] == "03-31"
    assert "設定か国の定めが変わりました" in page(clerk, "due")
    do_waiting_work()
    assert "その後の変更はありません。" in page(clerk, "due")
    shown = page(clerk, "due-options")
    assert "要綱の改正" in shown
    assert "歯周疾患: 歯周組織検査: 41, 42, 43歳" in shown
    assert "胃がん: 胃部X線検査を40歳以上・毎年で行う" in shown


@pytest.mark.parametrize(
    "changed",
    [
        {"reference_51": "2月30日"},
        {"reference_51": "いつか"},
        {"from_lung_xray": "41"},
        {"more_periodontal_milestone": "四十"},
        {"more_periodontal_milestone": "400"},
        {"option_hpv_five_years": "on"},
        {"reason": ""},
        {"from_fiscal_year": "1999"},
    ],
)
def test_options_that_cannot_be_are_refused_and_kept_as_typed(clerk: Client, changed: dict[str, str]) -> None:
    form = filled(page(clerk, "due-options-change")) | {"from_fiscal_year": str(YEAR), "reason": "例"}
    response = clerk.post(reverse("due-options-change"), form | {"act": "preview"} | changed)
    assert response.status_code == 422
    assert "data-focus-first" in response.content.decode()


def test_english_is_english(clerk: Client, ayano: str) -> None:
    recompute(fiscal_year=YEAR, by=SYSTEM, at=now())
    clerk.cookies["django_language"] = "en"
    html = page(clerk, "due") + page(clerk, "due-options") + page(clerk, "due-options-change")
    assert "Who is due in fiscal year" in html
    assert "chest X-ray" in html
    assert "Due this fiscal year" in page(clerk, "person", ayano)


def test_dates_of_these_tests_are_of_this_year() -> None:
    assert dt.date(YEAR, 4, 1) <= civil_date(now()) < dt.date(YEAR + 1, 4, 1)
