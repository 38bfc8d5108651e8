"""One letter for several results of a person, and letters that ask for another test: alone, together, recorded."""

from collections.abc import Callable
from io import BytesIO
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki.accounts.types import Role
from tasuki.jobs.works import do_waiting_work
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme
from tasuki.letters import queries as letters
from tasuki.letters.types import LetterKind
from tasuki.nodes.sql import rows
from tasuki.work import queries as works
from tests.integration.web.conftest import AYANO, SHINOBU
from tests.integration.web.test_followup import FINE, YEAR, store, text, token

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]


@pytest.fixture(autouse=True)
def people(residents: None) -> None:
    """Both residents of the town, as the tests of the screens know them."""


@pytest.fixture
def clerk(logged_in: LogIn) -> Client:
    return logged_in(Role.HEALTH_CLERK)


def cervix(name: str) -> str:
    return catalogue().item_named(Programme.CERVIX, name).code


#: HPV positive, cytology NILM, no detailed examination: tested again in the next fiscal year.
RECALLED = {"hpv_test_judgement": "2", "cytology_judgement": "1", "detailed_examination_need": "1"}
UNJUDGED = {"9P502000000000011": "9", "9P504000000000011": "9"}


def recalled(person: object = AYANO) -> UUID:
    items = {cervix(name): code for name, code in RECALLED.items()}
    return store(person, items, programme=Programme.CERVIX)  # type: ignore[arg-type]  # one of the two residents


def read(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\n", "").replace(" ", "")


def test_chosen_results_of_a_person_go_on_one_letter(clerk: Client) -> None:
    lung, other = store(), store(items=FINE, sequence=2, examined_date="2025-09-03")
    last_year = store(items=FINE, fiscal_year=2024, examined_date="2024-07-24")
    address = reverse("letter-gathered", args=[token()])
    assert text(clerk.get(address)).count('type="checkbox"') == 3
    response = clerk.post(address, {"results": [str(lung), str(other)]})
    assert response.headers["Content-Type"] == "application/pdf"
    said = read(response.content)
    assert "2件の結果をまとめて" in said
    assert "令和7年7月24日" in said
    assert "令和7年9月3日" in said
    made = letters.letters_about([LetterKind.GATHERED_NOTICE], [str(lung), str(other), str(last_year)])
    assert {one.subject for one in made} == {str(lung), str(other)}
    assert len({one.number for one in made}) == 1
    # Told is told: neither of the two is on the list of those not told yet.
    assert "まだ通知していない結果 0件" in text(clerk.get(reverse("followup-notices"), {"year": YEAR}))
    assert clerk.post(address, {}).status_code == 422
    assert clerk.post(address, {"results": [str(store(SHINOBU))]}).status_code == 422


def test_a_year_is_told_in_one_letter_for_each_person(clerk: Client) -> None:
    both = [store(), store(items=FINE, sequence=2, examined_date="2025-09-03")]
    held = [store(SHINOBU), store(SHINOBU, FINE, sequence=2)]
    clerk.post(reverse("followup-notices"), {"year": YEAR, "gathered": "on"})
    do_waiting_work()
    [work] = works.works_of_kind(["result_notices"])
    assert work.outcome["letters"] == 1
    assert {one[0] for one in work.outcome["left_out"]} == {str(one) for one in held}  # type: ignore[attr-defined]  # a list
    assert [one.file_name for one in works.outputs_of(work.work_id)] == ["結果通知まとめ_日本語_001.pdf"]
    made = letters.letters_about([LetterKind.GATHERED_NOTICE], [str(one) for one in both])
    assert len(made) == 2
    assert len({one.number for one in made}) == 1
    [entry] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'letters_made'")
    assert '"count":1' in entry["body"]


@pytest.mark.parametrize(
    ("kind", "listed", "words"),
    [
        (LetterKind.HPV_RECALL, "recall", "令和8年度に、もう一度HPV検査"),
        (LetterKind.RETEST, "undetermined", "判定できませんでした"),
    ],
)
def test_whoever_needs_another_test_is_asked_together_and_not_twice(
    clerk: Client, kind: LetterKind, listed: str, words: str
) -> None:
    def needing(person: object = AYANO) -> UUID:
        return recalled(person) if kind is LetterKind.HPV_RECALL else store(person, UNJUDGED)  # type: ignore[arg-type]  # as above

    result, protected = needing(), needing(SHINOBU)
    asked = {"kind": listed, "year": str(YEAR)}
    address = f"{reverse('followup-ask-again')}?kind={listed}&year={YEAR}"
    assert reverse("followup-ask-again") in text(clerk.get(reverse("followup-list"), asked))
    assert "案内を作る対象 2件" in text(clerk.get(address))
    clerk.post(address)
    do_waiting_work()
    [work] = works.works_of_kind(["further_tests"])
    assert (work.outcome["letters"], work.outcome["left_out"]) == (1, [[str(protected), "PROTECTED"]])
    [file] = works.outputs_of(work.work_id)
    content = works.output_content(file.output_id)
    assert content is not None
    assert words in read(content)
    assert [one.subject for one in letters.letters_about([kind], [str(result)])] == [str(result)]
    left = text(clerk.get(reverse("followup-left-out", args=[work.work_id])))
    assert f"/letters/{protected}/{kind.value}/" in left
    again = text(clerk.get(address))
    assert "案内を作る対象 1件" in again
    assert "同じ案内を作った1件は外します" in again
    assert "まだない" in text(clerk.get(reverse("followup-list"), asked))
    clerk.post(address)
    do_waiting_work()
    assert len(letters.letters_of(AYANO.system_person_number)) == 1


def test_another_test_is_asked_for_alone_where_it_fits(clerk: Client) -> None:
    fine, unjudged = store(items=FINE, sequence=2), store(items=UNJUDGED)
    page = text(clerk.get(reverse("person", args=[token()])))
    address = reverse("letter", args=[token(), unjudged, "RETEST"])
    assert address in page
    response = clerk.post(address, {})
    assert "もう一度検査を受けて" in read(response.content)
    assert "案内を" in text(clerk.get(reverse("person", args=[token()])))
    for result, kind in ((fine, "RETEST"), (unjudged, "HPV_RECALL"), (fine, "HPV_RECALL")):
        assert clerk.get(reverse("letter", args=[token(), result, kind])).status_code == 404


def test_lists_of_cases_ask_for_no_other_test(clerk: Client) -> None:
    for listed in ("overdue", "triage"):
        assert clerk.get(reverse("followup-ask-again"), {"kind": listed, "year": YEAR}).status_code == 404
