"""A town, its gateway, the network and the provider's gateway, with the messages between them, one step at a time.

Messages are delivered in any order, twice, or never; time passes; staff change their minds. After every step each
party's state, and the steps it recorded, are what an independent model of the law says (`law.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tasuki import runtime
from tasuki.evidence.queries import entries_of
from tasuki.gateway import queries as gateway
from tasuki.gateway.operations import endings, inquiries, institutions, provisions, replicas
from tasuki.gateway.payloads import PayloadCipher
from tasuki.linkage import operations as town
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations.inquiries import Asker
from tasuki.linkage.types import SYSTEM
from tasuki.network.models import IssuedCode
from tasuki.network.operations.permits import Issuer, decide_inquiries
from tasuki.network.operations.receipts import keep_receipts, lapse_permits
from tasuki.network.operations.registry import register_member
from tasuki.network.permitted import permissions
from tasuki.network.types import InstitutionClass
from tasuki.nodes.sql import rows, run
from tasuki.operating import operations as operating
from tasuki.persons.operations import number_people
from tasuki.persons.queries import unified_numbers
from tasuki.persons.types import PersonToNumber
from tasuki.protocol import messages
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.sealing import PERMIT_CODES, open_list
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tests.integration.exchange.law import WAITING, Inquiry, Person, Question
from tests.integration.persons.index import CIPHER as NUMBERS
from tests.integration.persons.index import CLERK
from tests.sheets import received_sheet

OWN, OTHER, UNASSESSED, NOWHERE = (f"{number:016}" for number in (1001, 1002, 1003, 1004))
GATEWAY = "gateway-east"
LAWFUL, UNLAWFUL = "JT99990000000141", "JT99990000000999"
LUNG = "TM00000000000090"
SEALING = X25519PrivateKey.generate()
ISSUER = Issuer(lambda _content: "signed", {GATEWAY: SEALING.public_key()})
CIPHER = PayloadCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
#: What may go wrong on the way between a town and its gateway.
LOSSES = st.sampled_from([""] * 5 + ["request", "reply", "read"])
QUESTIONS = {
    OTHER: Question(),
    UNASSESSED: Question(is_provider_assessed=False),
    NOWHERE: Question(is_provider_on_network=False),
}


@dataclass
class Mail:
    """A message on its way: as it is, and what the model's sender knew when it was sent."""

    kind: str
    content: Any
    numbers: list[str]
    known: Any = None


class ExchangeHistories(RuleBasedStateMachine):
    """Four parties and their mail, and beside them what the law makes of every inquiry."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.loses = ""
        self.suspended = ""
        self.is_closed = False
        self.mail: list[Mail] = []
        self.inquiries: dict[str, Inquiry] = {}
        self.rollbacks = [transaction.atomic(), transaction.atomic(using="index")]
        for one in self.rollbacks:
            one.__enter__()
        self.asker = Asker(OWN, cast(GatewayLink, self), runtime.new_id, LAWFUL, "健康づくり課")
        self.people = [
            Person("0001"), Person("0002", is_on_hold=True), Person("0003", registered="not taken"),
            Person("0004", registered=""), Person("0005", has_code_there=False), Person("0006", has_own_code=False),
            # Registered in a layout version this release does not read.
            Person("0007", registered="newer"),
        ]  # fmt: skip
        self._prepare()

    def teardown(self) -> None:
        for alias, one in zip(("default", "index"), self.rollbacks, strict=True):
            transaction.set_rollback(True, using=alias)
            one.__exit__(None, None, None)

    # --- how things are before anybody asks ---

    def _prepare(self) -> None:
        for code, assessed in ((OWN, date(2020, 1, 1)), (OTHER, date(2020, 1, 1)), (UNASSESSED, None)):
            member = Institution(InstitutionCode(code), "模擬市", "Mogi", MunicipalityCode("139980"))
            register_member(
                member=member, institution_class=InstitutionClass.MUNICIPALITY, gateway=GATEWAY, assessed_on=assessed,
                by=CLERK, at=START,
            )  # fmt: skip
            institutions.register_institution(institution=code, town="town-test", by=CLERK, at=START)
        number_people(
            system=SYSTEM, people=[PersonToNumber(one.number, None) for one in self.people], cipher=NUMBERS, by=CLERK,
            at=START,
        )  # fmt: skip
        self.unified = unified_numbers(SYSTEM, [one.number for one in self.people])
        for place, one in enumerate(self.people):
            self._know(one, place)

    def _know(self, person: Person, place: int) -> None:
        pivot = bytes([place]) * 32
        for institution, is_known in ((OWN, person.has_own_code), (OTHER, person.has_code_there)):
            if not is_known:
                continue
            code = f"{institution[-4:]}{place:028}"
            IssuedCode.objects.create(institution=institution, linkage_code=code, pivot=pivot, issued_at=START)
            run(
                "INSERT INTO gateway_person (institution, unified_person_number, linkage_code, hold, non_disclosure)"
                " VALUES (%s, %s, %s, %s, false)",
                [institution, self._there(person, institution), code, person.is_on_hold],
            )
        if person.registered:
            layout = "2" if person.registered == "newer" else "1"
            self._register(person, taken=person.registered != "not taken", layout=layout)

    def _there(self, person: Person, institution: str) -> str:
        return self.unified[person.number] if institution == OWN else f"7{person.number:0>14}"

    def _register(self, person: Person, *, taken: bool, layout: str = "1") -> None:
        item = received_sheet(
            institution=OTHER, unified_person_number=self._there(person, OTHER), data_set=LUNG, layout_version=layout,
            taken=taken, published_from=START.date(), payload="<content/>",
        )  # fmt: skip
        replicas.register_replicas(items=[item], cipher=CIPHER, by=CLERK, at=START)
        run("DROP TABLE IF EXISTS pg_temp.replica_staging")

    # --- the way between the town and its gateway ---

    def inquire(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        self._lose("request")
        requests = inquiries.create_inquiries(items=items, by=CLERK, at=self.now)
        if requests:
            self.mail.append(Mail("permits", requests, [one.transaction_number for one in requests]))
        self._lose("reply")
        return self._progress(items)

    def inquiry_status(self, items: Sequence[messages.InquiryAsked]) -> list[messages.InquiryProgress]:
        self._lose("request")
        self._lose("reply")
        return self._progress(items)

    def cancel(self, items: Sequence[messages.Inquiry]) -> list[messages.InquiryProgress]:
        self._lose("request")
        endings.cancel_inquiries(items=items, by=CLERK, at=self.now)
        self._lose("reply")
        return self._progress(items)

    def answers_read(self, items: Sequence[messages.AnswerRead]) -> list[messages.Accepted]:
        self._lose("read")
        return inquiries.mark_read(items=items, by=CLERK, at=self.now)

    def _progress(self, items: Sequence[Any]) -> list[messages.InquiryProgress]:
        asked = [messages.InquiryAsked(institution=OWN, transaction_number=item.transaction_number) for item in items]
        return gateway.progress_of(asked, CIPHER)

    def _lose(self, what: str) -> None:
        if self.loses == what:
            raise ExchangeFailed(GATEWAY, Phase.RECEIVE, "lost")

    def _told(self, one: Inquiry) -> None:
        """The model of a town that was told how an inquiry stands, and says that it has it."""
        one.town_learns(self.now)
        self._has(one)

    def _has(self, one: Inquiry) -> None:
        if one.received_at is not None and self.loses != "read":
            one.is_read = True

    # --- what the parties do ---

    @precondition(lambda self: len(self.inquiries) < 5)
    @rule(data=st.data(), provider=st.sampled_from([OTHER] * 8 + [UNASSESSED, NOWHERE]), loses=LOSSES)
    def staff_ask(self, data: st.DataObject, provider: str, loses: str) -> None:
        person = data.draw(st.sampled_from([*self.people, *self.people[:2], *self.people[:2]]))
        is_lawful = data.draw(st.sampled_from([True] * 7 + [False]))
        self.loses = loses
        asked = town.inquire(
            people=[person.number], provider=provider, data_sets=[LUNG], by=CLERK, at=self.now,
            asker=replace(self.asker, procedure=LAWFUL if is_lawful else UNLAWFUL),
        )  # fmt: skip
        [number] = asked.transaction_numbers
        one = Inquiry(person, replace(QUESTIONS[provider], is_lawful=is_lawful), self.now)
        self.inquiries[number] = one
        if loses != "request":
            one.gateway_hears()
        if loses in ("", "read"):
            self._told(one)

    @rule(loses=LOSSES)
    def town_continues(self, loses: str) -> None:
        self.loses = loses
        waiting = [one for one in self.inquiries.values() if one.town[-1] in WAITING]
        unsent = [one for one in waiting if one.town[-1] == "created" and not one.unwanted]
        unwanted = [one for one in waiting if one.unwanted]
        others = [one for one in waiting if one.town[-1] != "created" and not one.unwanted]
        try:
            town.continue_inquiries(asker=self.asker, by=CLERK, at=self.now)
            is_through = True
        except ExchangeFailed:
            is_through = False
        for one in unsent if loses != "request" else []:
            one.gateway_hears()
        for one in unwanted if loses != "request" else []:
            one.gateway_cancels()
        assert is_through is (loses in ("", "read") or not [*unwanted, *others])
        for one in [*unsent, *unwanted, *others] if loses in ("", "read") else []:
            self._told(one)
        for one in self.inquiries.values() if is_through else []:
            self._has(one)

    def _cancellable(self) -> list[str]:
        # Every third at most: most are to come further than that.
        chosen = list(self.inquiries.items())[2::3]
        return [number for number, one in chosen if one.town[-1] in WAITING and not one.unwanted]

    @precondition(lambda self: bool(self._cancellable()))
    @rule(data=st.data(), loses=LOSSES)
    def staff_cancel(self, data: st.DataObject, loses: str) -> None:
        number = data.draw(st.sampled_from(self._cancellable()))
        one = self.inquiries[number]
        self.loses = loses
        assert town.cancel(transaction_number=number, asker=self.asker, by=CLERK, at=self.now)
        one.unwanted = True
        if loses != "request":
            one.gateway_cancels()
        if loses in ("", "read"):
            self._told(one)

    @precondition(lambda self: bool(self.mail))
    @rule(count=st.integers(1, 4))
    def mail_goes_its_way(self, count: int) -> None:
        for mail in self.mail[:count]:
            self._deliver(mail, is_provider_away=False)
        del self.mail[:count]

    @precondition(lambda self: bool(self.mail))
    @rule(data=st.data(), happens=st.sampled_from(["late", "late", "twice", "twice", "away", "lost"]))
    def mail_goes_astray(self, data: st.DataObject, happens: str) -> None:
        place = data.draw(st.integers(0, len(self.mail) - 1))
        mail = self.mail[place] if happens == "twice" else self.mail.pop(place)
        if happens != "lost":
            self._deliver(mail, is_provider_away=happens == "away")

    def _deliver(self, mail: Mail, *, is_provider_away: bool) -> None:
        match mail.kind:
            case "permits":
                self._decide(mail)
            case "decisions":
                self._carry(mail, is_provider_away)
            case "provisions":
                self._learn(mail)
            case "receipts":
                self._hear_of_ends(mail)

    def _decide(self, mail: Mail) -> None:
        reply = decide_inquiries(requests=mail.content, permissions=permissions(), issuer=ISSUER, by=CLERK, at=self.now)
        known = {
            number: self.inquiries[number].network_decides(self.now, is_suspended=bool(self.suspended))
            for number in mail.numbers
        }
        self.mail.append(Mail("decisions", (mail.content, reply), mail.numbers, known))

    def _carry(self, mail: Mail, is_provider_away: bool) -> None:
        requests, reply = mail.content
        given: dict[str, messages.Provision] = {}
        known: dict[str, str] = {}
        for document in [] if is_provider_away else reply.documents:
            permits = messages.PermitList.model_validate_json(document.content)
            codes = open_list(permits.sealed_codes, SEALING, PERMIT_CODES)
            pairs = list(zip(permits.permits, codes, strict=True))
            answered = provisions.answer_permits(permits=pairs, cipher=CIPHER, by=CLERK, at=self.now)
            given |= {one.transaction_number: one for one in answered}
            known |= {
                one.transaction_number: self.inquiries[one.transaction_number].provider_answers(
                    self.now, is_closed=self.is_closed
                )
                for one in permits.permits
            }
        assert {number: one.state.value for number, one in given.items()} == known
        self.mail.append(Mail("provisions", (requests, reply.decisions, given), mail.numbers, (mail.known, known)))

    def _learn(self, mail: Mail) -> None:
        requests, decisions, given = mail.content
        inquiries.apply_outcomes(
            requests=requests, decisions=decisions, provisions=given, cipher=CIPHER, by=CLERK, at=self.now
        )
        decided, provided = mail.known
        for number in mail.numbers:
            self.inquiries[number].gateway_learns(decided[number], provided.get(number), self.now)

    @rule(institution=st.sampled_from([OWN, OTHER]))
    def the_network_suspends_or_resumes(self, institution: str) -> None:
        where = {"table": "network_institution", "by": CLERK, "at": self.now}
        if self.suspended:
            assert operating.resume_institution(institution=self.suspended, **where)
            self.suspended = ""
        else:
            assert operating.suspend_institution(institution=institution, why="a key may be in other hands", **where)
            self.suspended = institution

    @rule()
    def the_providers_gateway_closes_or_opens(self) -> None:
        where = {"table": "gateway_institution", "institution": OTHER, "by": CLERK, "at": self.now}
        self.is_closed = not self.is_closed
        if self.is_closed:
            assert operating.suspend_institution(why="a key may be in other hands", **where)
        else:
            assert operating.resume_institution(**where)

    @rule()
    def the_gateway_takes_up_again_what_is_due(self) -> None:
        due = gateway.due_inquiries([OWN], 100, self.now)
        for row in due:
            number = row["transaction_number"]
            assert self.inquiries[number].inquirer[-1] in WAITING
            self.mail.append(Mail("permits", [inquiries.permit_request(row)], [number]))

    @precondition(lambda self: any(one.provider[-1:] == ["held"] for one in self.inquiries.values()))
    @rule(data=st.data(), release=st.booleans())
    def the_providers_staff_decide(self, data: st.DataObject, release: bool) -> None:
        number = data.draw(st.sampled_from([n for n, one in self.inquiries.items() if one.provider[-1:] == ["held"]]))
        decision = messages.HeldDecision(institution=OTHER, transaction_number=number, release=release)
        [reply] = provisions.decide_held(items=[decision], by=CLERK, at=self.now)
        assert reply.accepted == self.inquiries[number].provider_staff_decide(release, self.now)

    @precondition(lambda self: self.people[3].registered == "")
    @rule(taken=st.booleans())
    def a_replica_is_registered_late(self, taken: bool) -> None:
        self._register(self.people[3], taken=taken)
        self.people[3].registered = "taken" if taken else "not taken"

    @rule(is_lost=st.booleans())
    def the_gateway_tells_how_inquiries_ended(self, is_lost: bool) -> None:
        due = gateway.receipts_due([OWN], 100)
        numbers = [receipt.transaction_number for receipt, _ in due]
        assert sorted(numbers) == sorted(number for number, one in self.inquiries.items() if one.receipt_due)
        if not due:
            return
        mail = Mail("receipts", due, numbers, {number: self.inquiries[number].inquirer[-1] for number in numbers})
        self.mail.append(mail)
        if not is_lost:
            self._hear_of_ends(mail)
            inquiries.receipts_sent(receipts=[receipt for receipt, _ in due], by=CLERK, at=self.now)
            for number in numbers:
                self.inquiries[number].receipt_due = False

    def _hear_of_ends(self, mail: Mail) -> None:
        keep_receipts(receipts=[receipt for receipt, _ in mail.content], by=CLERK, at=self.now)
        told = [receipt for receipt, where in mail.content if where]
        endings.keep_receipts(receipts=told, by=CLERK, at=self.now)
        for number in mail.numbers:
            self.inquiries[number].network_is_told(mail.known[number])
        for receipt in told:
            self.inquiries[receipt.transaction_number].provider_is_told(mail.known[receipt.transaction_number])

    @rule(hours=st.sampled_from([1, 1, 1, 1, 1, 24, 24, 7 * 24, 8 * 24, 31 * 24, 366 * 24]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=st.sampled_from(["gateways", "network", "town"]))
    def somebody_looks_at_the_clock(self, who: str) -> None:
        match who:
            case "gateways":
                endings.lapse_inquiries(institutions=[OWN, OTHER], by=CLERK, at=self.now)
                endings.lapse_provisions(institutions=[OWN, OTHER], by=CLERK, at=self.now)
                endings.purge_unread(institutions=[OWN, OTHER], by=CLERK, at=self.now)
            case "network":
                lapse_permits(by=CLERK, at=self.now)
            case "town":
                town.purge_answers(by=CLERK, at=self.now)
        for one in self.inquiries.values():
            match who:
                case "gateways":
                    one.gateway_waits_no_longer(self.now)
                    one.provider_waits_no_longer(self.now)
                    one.gateway_forgets(self.now)
                case "network":
                    one.network_waits_no_longer(self.now)
                case "town":
                    one.town_forgets(self.now)

    # --- what must hold ---

    @invariant()
    def every_party_stands_where_the_law_says(self) -> None:
        for number, one in self.inquiries.items():
            expected = {
                "town": one.town[-1],
                "inquirer": one.inquirer[-1] if one.inquirer else None,
                "network": one.network[-1] if one.network else None,
                "provider": one.provider[-1] if one.provider else None,
            }
            assert _stands(number) == expected

    @invariant()
    def every_step_was_recorded_once_and_in_its_order(self) -> None:
        for number, one in self.inquiries.items():
            recorded: dict[str, list[str]] = {"town": [], "inquirer": [], "network": [], "provider": []}
            for entry in entries_of(number):
                body = orjson.loads(entry.body)
                if "party" in body:
                    assert body["cause"]
                    recorded[body["party"]] += (["notified"] if "notified_at" in body else []) + [body["state"]]
            assert recorded == {
                "town": one.town, "inquirer": one.inquirer, "network": one.network, "provider": one.provider
            }  # fmt: skip

    @invariant()
    def no_content_outlives_its_purpose(self) -> None:
        for number, one in self.inquiries.items():
            if one.is_read or one.inquirer[-1:] == ["purged"]:
                assert rows("SELECT answer FROM gateway_inquiry WHERE transaction_number = %s", [number])[0][
                    "answer"
                ] is None  # fmt: skip
            if one.town[-1] == "purged":
                [row] = rows("SELECT answers::text FROM linkage_inquiry WHERE transaction_number = %s", [number])
                assert row["answers"] == "[]"


def _stands(number: str) -> dict[str, str | None]:
    [row] = rows(
        "SELECT t.state AS town, i.state AS inquirer, coalesce(nullif(n.outcome, ''), n.decision) AS network,"
        " p.state AS provider FROM linkage_inquiry t"
        " LEFT JOIN gateway_inquiry i USING (transaction_number) LEFT JOIN network_permit n USING (transaction_number)"
        " LEFT JOIN gateway_provision p USING (transaction_number) WHERE t.transaction_number = %s",
        [number],
    )
    return row
