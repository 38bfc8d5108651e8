"""A resident signs in, asks for their results, reads them, and nobody else does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver
from pydantic import BaseModel

from tasuki.gateway.models import Person
from tasuki.network.models import SelfInquiry
from tasuki.nodes.types import Peer
from tasuki.portal import own
from tasuki.portal.guard import COOKIE
from tasuki.portal.results import shown
from tasuki.portal.sittings import IDLE_SECONDS, LONGEST_SECONDS, Sittings
from tasuki.portal.tries import MOST_TRIES
from tasuki.portal.words import OUTCOMES, REFUSALS, STATES
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import DataSetAnswer, State
from tasuki.protocol.self_messages import SelfOutcome, SelfState
from tasuki.protocol.self_reading import RecordOutcome
from tests.integration.own_results.way import AT, OTHER, OWN, STOMACH, Way, record_code
from tests.integration.portal.conftest import Enter
from tests.portal import ANOTHER, CARD, ME, Wire, lung, notice

pytestmark = pytest.mark.django_db

WRONG = "本人を確かめられませんでした"


def text(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.content.decode()


# --- who gets in ---


@pytest.mark.parametrize("code", ["99999999999", "12345", "abc", "９９９", "x" * 41, f"{CARD}1"])
def test_a_wrong_code_gets_one_same_answer_and_is_not_shown_again(wire: Wire, code: str) -> None:
    answer = Client().post("/", {"code": code})
    assert answer.status_code == 400
    assert COOKIE not in answer.cookies
    page = answer.content.decode()
    assert code not in page
    assert wire.sent == []
    if len(code) < 41:
        assert WRONG in page


def test_a_code_counts_as_it_is_typed_by_people_and_the_sitting_is_the_browsers_alone(wire: Wire) -> None:
    spaced = " ".join("０１２３４５６７８９"[int(digit)] for digit in CARD)
    browser = Client()
    answer = browser.post("/", {"code": spaced})
    assert (answer.status_code, answer["Location"]) == (302, "/home/")
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["max-age"]) == ("Strict", "")
    assert CARD not in cookie.value
    assert browser.get("/")["Location"] == "/home/"
    assert Client().get("/home/")["Location"] == "/"


def test_after_five_tries_within_a_minute_the_right_code_waits_as_well(wire: Wire) -> None:
    browser = Client()
    for _ in range(MOST_TRIES):
        assert browser.post("/", {"code": "1"}).status_code == 400
    refused = browser.post("/", {"code": CARD})
    assert refused.status_code == 429
    assert "1分ほど待ってから" in refused.content.decode()
    assert wire.sent == []


def test_every_page_says_whom_it_is_for_and_only_these_are_for_everybody(wire: Wire) -> None:
    open_to = {pattern.name: pattern.callback.open_to for pattern in get_resolver().url_patterns}
    everybody = {name for name, whom in open_to.items() if whom == "everybody"}
    assert everybody == {"sign-in", "sign-out", "ended", "over", "language", "health"}
    for address in ("/home/", "/ask/", "/results/1/", "/results/1/again/", "/records/"):
        for answer in (Client().get(address), Client().post(address)):
            assert (answer.status_code, answer["Location"]) == (302, "/")
    assert wire.sent == []


def test_ending_and_time_forget_the_person_and_nothing_is_kept_by_the_browser(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = enter()
    assert browser.get("/home/")["Cache-Control"] == "no-store"
    token = browser.cookies[COOKIE].value
    assert browser.post("/sign-out/")["Location"] == "/ended/"
    assert own.sittings().count() == 0
    stale = Client()
    stale.cookies[COOKIE] = token
    assert stale.get("/home/")["Location"] == "/over/"
    assert "時間がたったので終わりました" in text(stale, "/over/")
    clock = [0.0]
    timed = Sittings(lambda: clock[0])
    monkeypatch.setattr(own, "sittings", lambda: timed)
    for still, gone in ((IDLE_SECONDS - 1, IDLE_SECONDS), (0, LONGEST_SECONDS)):
        clock[0] = 0
        browser = Client()
        browser.post("/", {"code": CARD})
        own.tries.cache_clear()
        clock[0] = still
        assert browser.get("/ask/").status_code == 200
        clock[0] = still + gone
        assert browser.get("/ask/")["Location"] == "/over/"


# --- the way of a request ---


def transactions() -> list[str]:
    return [str(one.transaction_number) for one in SelfInquiry.objects.order_by("transaction_number")]


def ask(browser: Client, **chosen: object) -> str:
    answer = browser.post("/ask/", chosen)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_a_person_asks_waits_and_reads_what_was_found_and_what_to_do(enter: Enter, way: Way) -> None:
    browser = enter()
    assert "請求したものはありません" in text(browser, "/home/")
    assert "架空区" in text(browser, "/ask/")
    place = ask(browser)
    assert place == "/results/1/"
    waiting = text(browser, place)
    assert "回答を待っています" in waiting
    way.pass_on()
    page = text(browser, place)
    for words in (
        "回答が届きました",
        "肺がん",
        "2025年6月12日",
        "架空検診センター",
        "精密検査を受けてください",
        "52歳",
    ):
        assert words in page
    assert "回答がそろいました" in text(browser, "/home/")
    assert CARD not in page + waiting
    # Nothing of it is in the portal but the code and the key, and only as long as the person sits.
    assert browser.get("/results/2/").status_code == 404


def test_whoever_comes_back_without_the_key_is_told_to_ask_again(enter: Enter, way: Way) -> None:
    ask(enter())
    way.pass_on()
    later = enter()
    page = text(later, "/home/")
    assert "鍵が消えたため、開けません" in page
    assert "/results/" not in page
    assert later.get("/results/1/").status_code == 404


def test_a_request_of_a_sitting_that_ended_meanwhile_is_not_made(enter: Enter, wire: Wire) -> None:
    browser = enter()
    token, send = browser.cookies[COOKIE].value, wire.send

    def ended(peer: Peer, path: str, kind: MessageKind, items: list[BaseModel], reply: type[BaseModel]) -> object:
        own.sittings().end(token)
        return send(peer, path, kind, items, reply)

    wire.send = ended  # type: ignore[method-assign]  # somebody presses "end" in another window
    assert browser.post("/ask/")["Location"] == "/over/"
    assert transactions() == []


def test_choices_narrow_what_is_asked_and_a_choice_that_is_not_offered_is_refused(enter: Enter, way: Way) -> None:
    way.know(ME, OTHER)
    browser = enter()
    ask(browser, providers=[OWN], programmes=["53"])
    way.pass_on()
    page = text(browser, "/results/1/")
    assert "お示しできる記録がなかったもの" in page or "お示しできる記録はありませんでした" in page
    assert "架空検診センター" not in page
    assert browser.post("/ask/", {"providers": ["9999999999999999"]}).status_code == 400


def test_held_waits_and_withheld_is_nothing_to_give(enter: Enter, way: Way) -> None:
    browser = enter()
    Person.objects.filter(unified_person_number=f"{ME:015d}").update(hold=True)
    ask(browser)
    way.pass_on()
    held = text(browser, "/results/1/")
    assert "回答を待っています" in held
    [number] = transactions()
    assert way.decide(number, release=False, non_disclosure=True)
    way.pass_on(timedelta(minutes=30))
    page = text(browser, "/results/1/")
    assert "お示しできる記録はありませんでした" in page
    for word in ("不開示", "保留", "支援", "withheld"):
        assert word not in page + held


def test_a_lost_reply_loses_no_key_and_nothing_is_asked_twice(enter: Enter, wire: Wire) -> None:
    browser = enter()
    wire.loses_replies_of = "/v1/self-requests"
    assert browser.post("/ask/").status_code == 503
    assert "回答を待っています" in text(browser, "/results/1/")
    assert len(transactions()) == 1


def test_a_request_that_never_arrived_can_be_sent_again(enter: Enter, way: Way, wire: Wire) -> None:
    browser = enter()
    wire.cut_at = "/v1/self-requests"
    assert browser.post("/ask/").status_code == 503
    assert "請求が届いていません" in text(browser, "/home/")
    assert "請求が届いていません" in text(browser, "/results/1/")
    wire.cut_at = ""
    assert browser.post("/results/1/again/")["Location"] == "/results/1/"
    way.pass_on()
    assert "架空検診センター" in text(browser, "/results/1/")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ExchangeFailed("network", Phase.CONNECT, "refused"), "いま、つながりません"),
        (
            ExchangeFailed("network", Phase.REFUSED, "maintenance: until 5", status=503, retry_after=9),
            "保守をしています",
        ),
    ],
)
def test_a_network_that_is_away_is_told_in_plain_words(
    enter: Enter, wire: Wire, fault: ExchangeFailed, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser = enter()
    wire.fails = fault
    for address in ("/home/", "/ask/", "/records/"):
        assert words in text(browser, address, 503)
    assert CARD not in caplog.text
    assert own.sittings().count() == 1


# --- notices, limits, languages ---


def test_notices_come_the_newest_first(enter: Enter, way: Way) -> None:
    for days in (9, 2):
        notice(way, (AT - timedelta(days=days)).date(), AT + timedelta(days=20))
    page = text(enter(), "/home/")
    assert page.count("精密検査の結果がまだ届いていません") == 2
    assert page.index("11月25日") < page.index("11月18日")


def test_the_same_is_not_asked_while_it_is_open_nor_more_than_five_times_a_day(enter: Enter, way: Way) -> None:
    browser = enter()
    ask(browser)
    again = browser.post("/ask/")
    assert again.status_code == 409
    assert "2026年11月28日(令和8年) 12:00から請求できます" in again.content.decode()
    way.pass_on()
    for _ in range(4):
        ask(browser)
        way.pass_on()
    assert browser.post("/ask/").status_code == 409
    way.pass_on(timedelta(hours=24))
    ask(browser)


def test_english_is_one_press_away_and_leads_nowhere_else(wire: Wire) -> None:
    browser = Client()
    answer = browser.post("/language/", {"language": "en", "next": "/"})
    assert answer["Location"] == "/"
    assert "Fictitious portal" in text(browser, "/")
    for elsewhere in ("https://example.org/", "//example.org/", "/\\example.org"):
        assert browser.post("/language/", {"language": "en", "next": elsewhere})["Location"] == "/"


def test_forms_from_elsewhere_are_refused_in_words(wire: Wire) -> None:
    answer = Client(enforce_csrf_checks=True).post("/", {"code": CARD})
    assert answer.status_code == 403
    assert "もう一度お願いします" in answer.content.decode()
    assert wire.sent == []


def test_nobody_reads_another_persons_results(wire: Wire, way: Way) -> None:
    mine, theirs = Client(), Client()
    mine.post("/", {"code": CARD})
    theirs.post("/", {"code": record_code(ANOTHER)})
    ask(mine)
    way.pass_on()
    assert theirs.get("/results/1/").status_code == 404
    assert "請求したものはありません" in text(theirs, "/home/")
    # A sealed answer moved into another's inbox stays shut.
    ask(theirs, providers=[OWN])
    way.pass_on()
    sealed = SelfInquiry.objects.get(linkage_code=way.code(ME)).sealed
    SelfInquiry.objects.filter(linkage_code=way.code(ANOTHER)).update(sealed=sealed)
    assert "この回答は開けません" in text(theirs, "/results/1/")


def test_words_are_for_every_state_and_a_strange_record_is_shown_as_it_came(enter: Enter, way: Way) -> None:
    assert set(STATES) == set(SelfState)
    assert set(OUTCOMES) == set(RecordOutcome)
    assert set(REFUSALS) == set(SelfOutcome) - {SelfOutcome.TAKEN, SelfOutcome.UNKNOWN}
    strange = "<TM00000000000094><X>77</X><Y/></TM00000000000094>"
    answers = [
        DataSetAnswer(data_set=STOMACH, state=State.RECEIVED, payloads=[strange, "<!DOCTYPE a><b", lung()]),
    ]
    found = shown(answers)
    assert [one.said for one in found.as_it_came] == [(("X", "77"),), ()]
    assert len(found.results) == 1
