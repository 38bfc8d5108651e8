"""What the law makes of one inquiry (番号法21条–23条), written down anew: it knows no tables and shares no code.

Four parties keep a record each. Messages between them carry what their sender knew when it sent them, and may come
late, twice or never.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

VALIDITY = timedelta(days=7)
RECEIPT_WAIT = timedelta(days=1)
UNREAD_KEPT = timedelta(days=30)
ADOPTED_OR_NOT_KEPT = timedelta(days=365)
WAITING = ("created", "sent", "permitted", "held")


@dataclass
class Person:
    """What is true of somebody at the town that asks and at the one that is asked."""

    number: str
    has_own_code: bool = True
    has_code_there: bool = True
    is_on_hold: bool = False
    registered: str = "taken"


@dataclass(frozen=True)
class Question:
    """What is true of an inquiry, whomever it is about."""

    is_lawful: bool = True
    is_provider_on_network: bool = True
    is_provider_assessed: bool = True


@dataclass
class Inquiry:
    """One inquiry as each party knows it; a party that has not heard of it has no steps."""

    person: Person
    question: Question
    asked_at: datetime
    town: list[str] = field(default_factory=lambda: ["created"])
    inquirer: list[str] = field(default_factory=list)
    network: list[str] = field(default_factory=list)
    provider: list[str] = field(default_factory=list)
    unwanted: bool = False
    received_at: datetime | None = None
    arrived_at: datetime | None = None
    is_read: bool = False
    receipt_due: bool = False
    permitted_until: datetime | None = None
    known_until: datetime | None = None

    def gateway_hears(self) -> bool:
        """The town's inquiry arrives; say whether the network is to be asked."""
        if self.inquirer:
            return False
        self.inquirer.append("sent" if self.person.has_own_code else "own_code_missing")
        return self.person.has_own_code

    def network_decides(self, now: datetime, *, is_suspended: bool) -> str:
        """法21条2項: lawful, assessed, and the person is known to both; decided once, told as often as asked.

        Whoever is suspended when it is decided is refused; a permit given before may still end.
        """
        if not self.network:
            self.network.append(self._decision(is_suspended))
            if self.network[0] == "permitted":
                self.permitted_until = now + VALIDITY
        return self.network[0]

    def _decision(self, is_suspended: bool) -> str:
        if not self.question.is_provider_on_network:
            return "provider_unknown"
        if not self.question.is_lawful:
            return "refused_no_legal_basis"
        if not self.question.is_provider_assessed:
            return "refused_no_assessment"
        if is_suspended:
            return "refused_suspended"
        return "permitted" if self.person.has_code_there else "provider_has_no_code"

    def provider_answers(self, now: datetime, *, is_closed: bool) -> str:
        """法22条: within the validity the provider must answer; for a person on hold its staff decide.

        While its gateway is told to answer nothing for it, nothing happens there.
        """
        if is_closed:
            return "permitted"
        assert self.permitted_until is not None
        is_over = now > self.permitted_until
        before = self.provider[-1] if self.provider else ""
        if before in ("withheld", "lapsed", "cancelled", "no_replica", "not_screened", "other_layout"):
            return before
        if before == "provided":
            return "lapsed" if is_over else "received"
        if not before:
            self.provider.append("notified")
        if is_over:
            self.provider.append("lapsed")
        elif before == "held" or (not before and self.person.is_on_hold):
            if before != "held":
                self.provider.append("held")
        else:
            content = {"taken": "provided", "not taken": "not_screened", "newer": "other_layout", "": "no_replica"}
            self.provider.append(content[self.person.registered])
        return "received" if self.provider[-1] == "provided" else self.provider[-1]

    def provider_staff_decide(self, release: bool, now: datetime) -> bool:
        if self.provider[-1:] != ["held"] or now > (self.permitted_until or now):
            return False
        self.provider.append("released" if release else "withheld")
        return True

    def gateway_learns(self, decision: str, provision: str | None, now: datetime) -> None:
        """What came back from network and provider; an end stays, and what is held is not merely permitted again."""
        stands = self.inquirer[-1]
        if stands not in WAITING:
            return
        if decision != "permitted":
            reached = decision if stands == "sent" else stands
        else:
            self.known_until = self.permitted_until
            reached = provision or "permitted"
        if reached == stands or (reached == "permitted" and stands != "sent"):
            return
        self.inquirer.append(reached)
        self.arrived_at = now
        # The network knows what it decided itself; how anything else ended it must be told.
        self.receipt_due = decision == "permitted" and reached not in WAITING

    def town_learns(self, now: datetime) -> None:
        """The gateway tells its town how the inquiry stands."""
        told = self.inquirer[-1]
        stands = self.town[-1]
        if stands not in WAITING or told == stands:
            return
        if told in WAITING and WAITING.index(told) < WAITING.index(stands):
            return
        self.town.append(told)
        if told not in WAITING:
            self.received_at = now

    def gateway_cancels(self) -> None:
        if not self.inquirer or self.inquirer[-1] in WAITING:
            self.receipt_due = bool(self.inquirer)
            self.inquirer.append("cancelled")

    def gateway_waits_no_longer(self, now: datetime) -> None:
        if self.inquirer[-1:] and self.inquirer[-1] in WAITING:
            until = self.known_until or self.asked_at + VALIDITY
            if until < now:
                self.inquirer.append("lapsed")
                self.receipt_due = True

    def provider_waits_no_longer(self, now: datetime) -> None:
        if self.provider[-1:] and self.provider[-1] in ("held", "released") and (self.permitted_until or now) < now:
            self.provider.append("lapsed")

    def network_waits_no_longer(self, now: datetime) -> None:
        if self.network[-1:] == ["permitted"] and (self.permitted_until or now) + RECEIPT_WAIT < now:
            self.network.append("lapsed")

    def network_is_told(self, end: str) -> None:
        """法23条3項: what the inquirer says counts, even after the network gave up waiting."""
        if self.network[-1:] == ["permitted"] or (self.network[-1:] == ["lapsed"] and end != "lapsed"):
            self.network.append(end)

    def provider_is_told(self, end: str) -> None:
        if end == "cancelled" and self.provider[-1:] and self.provider[-1] in ("held", "released"):
            self.provider.append("cancelled")

    def gateway_forgets(self, now: datetime) -> None:
        is_old = now - (self.arrived_at or now) > UNREAD_KEPT
        if self.inquirer[-1:] == ["received"] and is_old and not self.is_read and not self.receipt_due:
            self.inquirer.append("purged")

    def town_forgets(self, now: datetime) -> None:
        if self.town[-1] == "received" and now - (self.received_at or now) > ADOPTED_OR_NOT_KEPT:
            self.town.append("purged")
