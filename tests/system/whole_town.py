"""A whole town among the running nodes: its worker runs as a process, the test acts as its staff in its database."""

import contextlib
import datetime as dt
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections
from pytest_django import DjangoDbBlocker

from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations import acquire_codes, confirm_codes, identity
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.supervisor import Supervisor
from tasuki.nodes.types import NodeConfig
from tasuki.persons import queries as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people, state_people
from tasuki.persons.queries.people import gateway_tasks
from tasuki.persons.stating import lines_of
from tasuki.persons.types import REGISTER, PersonToNumber
from tasuki.persons.types.cases import Decided, Decision, Proposed
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.protocol.messages import State
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.operations.results import record_result
from tasuki.screening.types import Recorded, ResidentRow
from tasuki.shared.actor import staff_actor
from tests.database import point_django_at
from tests.system.relay import Relay, individual_number, running_relay
from tests.system.town_client import new_id, now, wait_until

CLERK, APPROVER = staff_actor("7", "例示 花子"), staff_actor("8", "架空 次郎")
DATA_SET = "TM00000000000090"
#: A quarantine must be felt at the gateway within this many seconds of the click.
FELT_SECONDS = 5.0


@dataclass
class WholeTown:
    """Town A with its own records, index and worker; town B asks it."""

    relay: Relay
    node: NodeConfig
    cipher: NumberCipher

    @property
    def link(self) -> GatewayLink:
        return self.relay.town_a.link

    @property
    def institution(self) -> str:
        return self.relay.town_a.institution

    def moves_in(self, number: str, place: int | None, **changed: Any) -> None:
        """Enter a resident; `place` is that of their individual number in the register of J-LIS."""
        values: dict[str, Any] = {
            "system_person_number": number, "household_number": number, "name": f"例示　{number}郎",
            "kana_name": "レイジ", "birth_date": dt.date(1980, 1, 2), "sex": "1", "address": "架空区模擬町1-1",
        }  # fmt: skip
        row = ResidentRow(**(values | changed))
        register_residents(rows=[row], by=CLERK, at=now(), reason="test")
        own = None if place is None else individual_number(place)
        person = [PersonToNumber(number, own)]
        number_people(system=REGISTER, people=person, cipher=self.cipher, by=CLERK, at=now(), also=(SYSTEM,))
        items = BasicItems(row.name, row.kana_name, "1980-01-02", row.sex, row.address, household_number=number)
        state_people(system=REGISTER, lines=lines_of([Registration(number, items, own)]), by=CLERK, at=now())

    def is_screened(self, number: str, fiscal_year: int) -> UUID:
        """Record a lung cancer screening without findings."""
        record = ScreeningRecord(
            Programme.LUNG, Stage.PRIMARY, fiscal_year, 1, f"{fiscal_year}-07-24", fiscal_year - 1980, "1",
            None, f"模擬町診療所{fiscal_year}", {"9P502000000000011": "1", "9P504000000000011": "1"},
        )  # fmt: skip
        done = record_result(person=number, record=record, fee_class="", by=CLERK, at=now())
        assert isinstance(done, Recorded), done
        return done.result_id

    def unified(self, number: str) -> str:
        return index.unified_numbers(SYSTEM, [number])[number]

    def acquires_codes(self) -> None:
        """Ask for every missing code, and wait until they are bound and noted."""
        acquire_codes(
            institution=self.institution, unified_numbers=index.missing_codes(), link=self.link, cipher=self.cipher,
            new_number=_new_number, by=CLERK, at=now(),
        )  # fmt: skip

        def bound() -> bool:
            confirm_codes(institution=self.institution, link=self.link, by=CLERK, at=now())
            return index.counts().open_acquisitions == 0

        wait_until(bound, "the binding of the codes")

    def decided(self, proposed: Decision) -> None:
        """Approve what was proposed, as the second person."""
        assert isinstance(proposed, Proposed), proposed
        done = identity.approve(case_id=proposed.case_id, reason="確認した", cipher=self.cipher, by=APPROVER, at=now())
        assert isinstance(done, Decided), done

    def replicas(self, person: str) -> list[str]:
        """Return the keys of what the gateway has of a unified number."""
        found = self.relay.rows(
            "gateway-east",
            "SELECT record_key FROM gateway_replica WHERE institution = %s AND unified_person_number = %s"
            " AND removed_at IS NULL ORDER BY record_key",
            [self.institution, person],
        )
        return [row["record_key"] for row in found]

    def awaits_replicas(self, expected: Mapping[str, Sequence[str]]) -> None:
        """Wait until the gateway has exactly these keys of these people, and our lists are empty."""
        wait_until(
            lambda: self.is_all_told() and {one: self.replicas(one) for one in expected} == dict(expected),
            f"replicas {dict(expected)}, not { {one: self.replicas(one) for one in expected} }",
        )

    def is_all_told(self) -> bool:
        """Say whether nothing waits to be told to the gateway."""
        return self.relay.count("town-a", "screening_outbox") == 0 and not gateway_tasks(1)

    def answer(self, place: int) -> tuple[State, list[str]]:
        """Let town B ask about whoever has this individual number; give the state and the years answered."""
        town = self.relay.town_b
        inquiry = town.inquiry(person_of_b(place), self.institution, data_sets=[DATA_SET])
        [progress] = town.link.inquire([inquiry])
        return progress.state, sorted(_year(one) for part in progress.answers for one in part.payloads)

    def awaits_answer(self, place: int, state: State, years: Sequence[str] = ()) -> float:
        """Ask until the answer is this; give how many seconds that took."""
        started = time.monotonic()
        wait_until(lambda: self.answer(place) == (state, list(years)), f"{state} {years}")
        return time.monotonic() - started


def person_of_b(place: int) -> str:
    return f"2{place:014d}"


def _new_number() -> str:
    return new_id(now()).replace("-", "")


def _year(payload: str) -> str:
    [year] = re.findall("模擬町診療所([0-9]{4})", payload)
    return str(year)


@contextlib.contextmanager
def acting_in(node: NodeConfig, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Work in a node's database as its application does, for the length of the block."""
    former = {alias: dict(connections[alias].settings_dict) for alias in ("default", "index")}
    with blocker.unblock():
        point_django_at(node.databases, as_owner=False)
        try:
            yield
        finally:
            for alias, settings in former.items():
                connections[alias].close()
                connections[alias].settings_dict.update(settings)


@contextlib.contextmanager
def running_town(blocker: DjangoDbBlocker) -> Iterator[WholeTown]:
    """Start nodes of their own, town A's screens and worker among them; town B knows people 0 to 39."""
    with running_relay(people=40, with_town_a=False) as relay:
        node = relay.nodes["town-a"]
        supervisor = Supervisor(relay.home, [node], None)
        try:
            supervisor.start()
            with acting_in(node, blocker):
                yield WholeTown(relay, node, NumberCipher(NodeKeys(node.folder).derive_for_numbers, index.live_key_ids))
        finally:
            supervisor.stop()
