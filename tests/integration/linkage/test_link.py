"""The link of a town with its gateway: every change arrives once, and every planted difference is found and mended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tasuki.jobs import link as jobs
from tasuki.layouts.catalogue import Catalogue, catalogue
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage import carrying, queries
from tasuki.linkage.operations import load_replicas, loading, reconcile, reconciliation, send_outbox
from tasuki.linkage.reconciling import DifferenceKind
from tasuki.linkage.types import LoadKind, ReconciliationView
from tasuki.nodes.sql import rows, run
from tasuki.persons.operations import approve_case, begin_quarantine, propose_merge
from tasuki.persons.queries import unified_numbers
from tasuki.persons.types.cases import Decided, Proposed
from tasuki.persons.types.items import Registration
from tasuki.persons.types.merging import QuarantineCause
from tasuki.protocol.errors import ExchangeFailed
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.operations.results import correct_result, record_result, withdraw_result
from tasuki.screening.types import Recorded, ResidentRow
from tasuki.shared.dates import JST
from tests.integration.linkage.beside import CIPHER as PAYLOADS
from tests.integration.linkage.beside import INSTITUTION, GatewayBeside, place_of
from tests.integration.persons.index import APPROVER, CIPHER, CLERK, NUMBERS, TARO, registered

pytestmark = pytest.mark.django_db(databases=["default", "index"])
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
LUNG, NONE = "TM00000000000090", "none"


@dataclass
class Town:
    """A town with a few people, at a time that goes on by itself."""

    gateway: GatewayBeside
    ticks: int = 0

    def now(self) -> datetime:
        self.ticks += 1
        return AT + timedelta(seconds=self.ticks)

    def moves_in(self, number: str, individual_number: str | None = None, **changed: Any) -> None:
        items = replace(TARO, name=f"例示　{number}", birth_date=f"1980-01-{int(number):02}")
        registered(Registration(number, items, individual_number))
        self.registers(number, **changed)

    def registers(self, number: str, **changed: Any) -> None:
        values = {"household_number": number, "name": f"例示　{number}", "kana_name": "レイジ", "sex": "1"}
        values |= {"birth_date": date(1980, 1, 1), "address": "架空区模擬町"}
        row = ResidentRow(**{"system_person_number": number, **values, **changed})
        register_residents(rows=[row], by=CLERK, at=self.now(), reason="daily")

    def screens(self, number: str, year: int = 2025) -> UUID:
        done = record_result(person=number, record=lung(year), fee_class="", by=CLERK, at=self.now())
        assert isinstance(done, Recorded), done
        return done.result_id

    def unified(self, number: str) -> str:
        return unified_numbers("screening", [number])[number]

    def sends(self) -> int:
        return send_outbox(institution=INSTITUTION, link=self.gateway.link, by=CLERK, at=self.now())

    def compares(self, *, repair: bool = False, at: datetime | None = None) -> ReconciliationView:
        return reconcile(
            institution=INSTITUTION, link=self.gateway.link, repair=repair, by=CLERK, at=at or self.now(),
            clock=lambda: at or self.now(),
        )  # fmt: skip

    def keys(self, number: str) -> list[str]:
        return sorted(key for data_set, key in self.gateway.contents(self.unified(number)) if data_set == LUNG)


def lung(year: int = 2025, facility: str = "模擬町診療所") -> ScreeningRecord:
    items = {"9P502000000000011": "1", "9P504000000000011": "1"}
    return ScreeningRecord(
        Programme.LUNG, Stage.PRIMARY, year, 1, f"{year}-07-24", year - 1980, "1", None, facility, items
    )


@pytest.fixture
def town(db: None, gateway: GatewayBeside) -> Town:
    made = Town(gateway)
    made.moves_in("0001", NUMBERS[0])
    made.moves_in("0002")
    made.screens("0001")
    return made


def test_each_change_of_a_result_arrives(town: Town) -> None:
    result_id = town.screens("0002")
    town.sends()
    assert (town.keys("0001"), town.keys("0002")) == (["2025-01"], ["2025-01"])

    values = {"result_id": result_id, "reason": "転記誤り", "by": CLERK}
    correct_result(record=lung(2024), fee_class="", at=town.now(), **values)
    town.sends()
    assert town.keys("0002") == ["2024-01"]

    withdraw_result(at=town.now(), **values)
    town.sends()
    assert town.keys("0002") == []
    assert town.compares().found == {}


def test_a_record_that_takes_the_place_of_another_is_what_is_answered(town: Town) -> None:
    first = town.screens("0002")
    town.sends()
    correct_result(result_id=first, record=lung(2024), fee_class="", reason="年度誤り", by=CLERK, at=town.now())
    record_result(person="0002", record=lung(2025, "架空町診療所"), fee_class="", by=CLERK, at=town.now())
    town.sends()

    contents = town.gateway.contents(town.unified("0002"))
    assert "架空町診療所" in contents[LUNG, "2025-01"]
    assert "模擬町診療所" in contents[LUNG, "2024-01"]


def test_who_moves_out_is_said_not_to_have_been_screened_until_they_return(town: Town) -> None:
    town.moves_in("0003")
    town.registers("0003", moved_out_date=date(2026, 10, 1), moved_out_to="132918")
    town.sends()
    assert town.keys("0003") == [NONE]
    # A result that comes late says more.
    result_id = town.screens("0003")
    town.sends()
    assert town.keys("0003") == ["2025-01"]
    withdraw_result(result_id=result_id, reason="別の人", by=CLERK, at=town.now())
    town.sends()
    assert town.keys("0003") == [NONE]

    town.registers("0003", moved_in_date=date(2026, 11, 1))
    town.sends()
    assert town.gateway.contents(town.unified("0003")) == {}
    assert town.compares().found == {}


def test_a_result_of_somebody_who_left_is_told_with_its_own_screenings_alone(town: Town) -> None:
    town.moves_in("0003")
    town.registers("0003", moved_out_date=date(2026, 10, 1), moved_out_to="132918")
    result_id = town.screens("0003")
    town.sends()
    told = _absences_told(town, "0003")
    assert LUNG not in told

    withdraw_result(result_id=result_id, reason="別の人", by=CLERK, at=town.now())
    town.sends()
    now_told = _absences_told(town, "0003")
    assert now_told.keys() == told.keys() | {LUNG}
    assert {code: now_told[code] for code in told} == told
    assert town.compares().found == {}


def _absences_told(town: Town, number: str) -> dict[str, int]:
    """Return with which change the gateway heard of each screening that somebody did not take part in it."""
    found = town.gateway.rows(
        "SELECT data_set, ordinal FROM gateway_replica WHERE unified_person_number = %s AND NOT taken"
        " AND removed_at IS NULL",
        [town.unified(number)],
    )
    return dict(found)


def test_a_death_changes_nothing_that_is_provided(town: Town) -> None:
    town.sends()
    town.registers("0001", died_date=date(2026, 10, 3))
    town.sends()
    assert town.keys("0001") == ["2025-01"]
    assert town.compares().found == {}


@pytest.mark.parametrize("messages", range(4))
def test_a_reply_that_is_lost_means_the_same_once_more(town: Town, messages: int) -> None:
    town.sends()
    merge(town)
    town.gateway.loses_after = messages
    with pytest.raises(ExchangeFailed):
        town.sends()
    before = queries.link_state(town.now())
    assert before.failed_phase == "receive"

    town.sends()
    assert town.keys("0001") == ["2025-01"]
    assert town.compares().found == {}
    assert queries.link_state(town.now()).waiting == {}


def merge(town: Town) -> None:
    proposed = propose_merge(
        survivor=town.unified("0001"), loser=town.unified("0002"), reason="同じ人", by=CLERK, at=town.now()
    )
    assert isinstance(proposed, Proposed)
    done = approve_case(case_id=proposed.case_id, reason="確認", cipher=CIPHER, by=APPROVER, at=town.now())
    assert isinstance(done, Decided)


def test_a_number_linked_later_leaves_the_keys_of_the_first_as_they_were(town: Town) -> None:
    town.sends()
    # Another number of the same system, lower than the first, whose individual number says they are one person.
    run(
        "INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)"
        " VALUES ('screening', '0000', %s, %s)",
        [town.unified("0001"), town.now()],
        alias="index",
    )
    town.registers("0000")
    town.screens("0000", 2025)
    town.sends()
    assert town.keys("0001") == ["2025-01", "2025-01-1"]
    assert town.compares().found == {}


def test_a_new_layout_version_is_registered_once_it_is_in_force(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.sends()
    revised = _with_version_2(catalogue(), LUNG, date(2026, 12, 1))
    monkeypatch.setattr(carrying, "catalogue", lambda: revised)
    assert town.compares().found == {}

    later = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    assert town.compares(at=later).found == {"LAYOUT": 1}
    assert town.compares(at=later, repair=True).remaining == 0
    assert _lung_layouts(town) == ["1", "2"]
    assert town.compares(at=later).found == {}

    over = datetime(2027, 12, 1, 1, 0, tzinfo=UTC)
    assert town.compares(at=over).found == {"LAYOUT": 1}
    assert town.compares(at=over, repair=True).remaining == 0
    assert _lung_layouts(town) == ["2"]


def _lung_layouts(town: Town) -> list[str]:
    query = "SELECT layout_version FROM gateway_replica WHERE data_set = %s AND removed_at IS NULL ORDER BY 1"
    return [version for (version,) in town.gateway.rows(query, [LUNG])]


def _with_version_2(layouts: Catalogue, code: str, in_force_from: date) -> Catalogue:
    data_set = layouts.data_set(code)
    [only] = data_set.versions
    older = replace(only, in_force_until=in_force_from.replace(year=in_force_from.year + 1))
    newer = replace(only, number="2", in_force_from=in_force_from)
    return replace(layouts, data_sets={**layouts.data_sets, code: replace(data_set, versions=(older, newer))})


# --- planted differences ---

Plant = Callable[[Town], None]
LONER = "000000000099999"


def _at_gateway(query: str) -> Plant:
    def plant(town: Town) -> None:
        town.gateway.rows(query, [town.unified("0001")])

    return plant


def _in_index(query: str) -> Plant:
    def plant(town: Town) -> None:
        run(query, [town.unified("0001")], alias="index")

    return plant


def _other_content(town: Town) -> None:
    person = town.unified("0001")
    sealed = PAYLOADS.encrypt(INSTITUTION, place_of(INSTITUTION, person, LUNG, "2025-01", "1"), b"<other/>")
    town.gateway.rows("UPDATE gateway_replica SET payload = %s WHERE unified_person_number = %s", [sealed, person])


def _stranger(town: Town) -> None:
    town.gateway.rows(
        "INSERT INTO gateway_person (institution, unified_person_number, linkage_code, hold, non_disclosure)"
        " VALUES (%s, %s, %s, false, false)",
        [INSTITUTION, LONER, "f" * 32],
    )


def _alias_again(town: Town) -> None:
    loser = town.unified("0002")
    merge(town)
    town.sends()
    _replica_of(town, loser)


def _number_of_nobody(town: Town) -> None:
    run(
        "INSERT INTO persons_person (unified_person_number, numbered_at) VALUES (%s, %s)",
        [LONER, AT],
        alias="index",
    )
    _replica_of(town, LONER)


def _replica_of(town: Town, person: str) -> None:
    town.gateway.rows(
        "INSERT INTO gateway_replica (institution, unified_person_number, data_set, record_key, revision, ordinal,"
        " layout_version, taken, published_from, payload, registered_at) SELECT institution, %s, data_set, '2019-01',"
        " revision, ordinal, layout_version, taken, published_from, payload, registered_at FROM gateway_replica"
        " LIMIT 1",
        [person],
    )


PLANTS: Mapping[DifferenceKind, Plant] = {
    DifferenceKind.MISSING: _at_gateway("DELETE FROM gateway_replica WHERE unified_person_number = %s"),
    DifferenceKind.SURPLUS: lambda town: _replica_of(town, town.unified("0001")),
    DifferenceKind.OLDER: _at_gateway("UPDATE gateway_replica SET revision = 0 WHERE unified_person_number = %s"),
    DifferenceKind.NEWER: _at_gateway(
        "UPDATE gateway_replica SET revision = 7, ordinal = ordinal + 500000 WHERE unified_person_number = %s"
    ),
    DifferenceKind.CONTENT: _other_content,
    DifferenceKind.LAYOUT: _at_gateway(
        "UPDATE gateway_replica SET layout_version = '0' WHERE unified_person_number = %s"
    ),
    DifferenceKind.HOLD: _at_gateway("UPDATE gateway_person SET hold = NOT hold WHERE unified_person_number = %s"),
    DifferenceKind.UNKNOWN_PERSON: _stranger,
    DifferenceKind.ALIAS: _alias_again,
    DifferenceKind.UNLINKED: _number_of_nobody,
    DifferenceKind.CODE_LOST: _in_index(
        "UPDATE persons_person SET code_bound_at = now() WHERE unified_person_number = %s"
    ),
    DifferenceKind.CODE_UNNOTED: _at_gateway(
        "UPDATE gateway_person SET linkage_code = 'a' WHERE unified_person_number = %s"
    ),
}


def test_every_kind_of_difference_is_planted_below() -> None:
    assert set(PLANTS) == set(DifferenceKind)


@pytest.mark.parametrize("kind", sorted(PLANTS))
def test_a_planted_difference_is_found_and_mended(town: Town, kind: DifferenceKind) -> None:
    town.sends()
    assert town.compares().found == {}
    PLANTS[kind](town)

    # In a wrong layout: one replica is missing, the other too much.
    expected = {kind.value: 2 if kind is DifferenceKind.LAYOUT else 1}
    assert town.compares().found == expected
    mended = town.compares(repair=True)
    assert (mended.found, mended.remaining) == (expected, 0)
    assert town.compares().found == {}
    assert town.keys("0001") == ["2025-01"]


def test_all_differences_at_once_are_found_exactly(town: Town) -> None:
    for number in ("0003", "0004", "0005", "0006"):
        town.moves_in(number)
        town.screens(number)
    town.sends()
    planted = {"0003": "MISSING", "0004": "LAYOUT", "0005": "CONTENT", "0006": "SURPLUS"}
    person = {number: town.unified(number) for number in planted}
    town.gateway.rows("DELETE FROM gateway_replica WHERE unified_person_number = %s", [person["0003"]])
    town.gateway.rows(
        "UPDATE gateway_replica SET layout_version = '0' WHERE unified_person_number = %s", [person["0004"]]
    )
    town.gateway.rows("UPDATE gateway_replica SET payload = '\\x00' WHERE unified_person_number = %s", [person["0005"]])
    _replica_of(town, person["0006"])
    _stranger(town)

    found = town.compares(repair=True)
    assert found.found == {"MISSING": 1, "LAYOUT": 2, "CONTENT": 1, "SURPLUS": 1, "UNKNOWN_PERSON": 1}
    assert found.remaining == 0
    listed = queries.differences(found.reconciliation_id)
    assert {one.system_person_number: one.kind for one in listed} == planted | {"": "UNKNOWN_PERSON"}


def test_what_differs_is_found_however_few_are_compared_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("0003", "0004", "0005"):
        town.moves_in(number)
        town.screens(number)
    town.sends()
    for number in ("0003", "0005"):
        _replica_of(town, town.unified(number))
    for part, most in ((1, 1), (4, 2), (2, 3)):
        # The gateway tells of fewer people than were asked about, of all of them, or of exactly as many as it may.
        monkeypatch.setattr(reconciliation, "PART", part)
        monkeypatch.setattr(reconciliation, "MOST_REGISTERED", most)
        found = town.compares()
        assert (found.found, found.people, found.replicas) == ({"SURPLUS": 2}, 5, 6)
    town.screens("0004", 2024)
    monkeypatch.setattr(reconciliation, "PART", 4)
    monkeypatch.setattr(reconciliation, "MOST_REGISTERED", 2)
    found = town.compares()
    assert (found.found, found.on_their_way) == ({"SURPLUS": 2}, 1)


def test_changes_on_their_way_are_no_differences(town: Town) -> None:
    found = town.compares()
    assert (found.found, found.on_their_way) == ({}, 2)
    town.sends()
    assert town.compares().on_their_way == 0
    merge(town)
    found = town.compares()
    assert (found.found, found.on_their_way) == ({}, 2)


def test_a_stop_for_somebody_no_system_provides_for_is_kept(town: Town) -> None:
    items = replace(TARO, name="例示　九郎", birth_date="1990-09-09")
    registered(Registration("0009", items))
    run("DELETE FROM persons_system_person WHERE system = 'screening' AND system_person_number = '0009'", alias="index")
    person = unified_numbers("residents", ["0009"])["0009"]
    begin_quarantine(
        quarantine_id=uuid4(), person=person, cause=QuarantineCause.WRONG_LINK, reason="疑い", by=CLERK, at=town.now()
    )
    town.sends()
    town.gateway.rows("UPDATE gateway_person SET hold = false WHERE unified_person_number = %s", [person])

    assert town.compares(repair=True).remaining == 0
    assert town.gateway.rows("SELECT hold FROM gateway_person WHERE unified_person_number = %s", [person]) == [(True,)]


def test_a_gateway_that_is_away_is_told_of_with_its_phase_and_nothing_is_lost(town: Town) -> None:
    town.gateway.is_away = True
    with pytest.raises(ExchangeFailed):
        town.sends()

    state = queries.link_state(town.now())
    assert (state.failed_peer, state.failed_phase, state.is_failing) == ("gateway-east", "connect", True)
    assert sum(state.waiting.values()) == len(rows("SELECT FROM screening_outbox"))
    assert state.oldest_at is not None

    town.gateway.is_away = False
    town.sends()
    state = queries.link_state(town.now())
    assert (state.is_failing, state.oldest_at, state.waiting) == (False, None, {})


def test_the_daily_comparison_runs_once_in_its_hour(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "gateway_link", lambda: town.gateway.link)
    for hour, expected in ((2, 0), (3, 1), (3, 1), (4, 1)):
        # By the clock on the wall in Japan; the fourth is another hour of the same day.
        at = datetime(2026, 11, 23, hour, 20 + town.ticks % 30, tzinfo=JST)
        monkeypatch.setattr(jobs, "now", lambda at=at: at)
        jobs.reconcile_daily()
        assert len(queries.reconciliations()) == expected


def test_a_load_goes_on_where_it_broke_off_and_is_recorded_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PART", 1)
    town.screens("0002")
    town.sends()
    before = dict(town.gateway.contents(town.unified("0001")))
    town.gateway.loses_after = 2
    values = {"kind": LoadKind.INITIAL, "institution": INSTITUTION, "link": town.gateway.link, "by": CLERK}
    with pytest.raises(ExchangeFailed):
        load_replicas(at=town.now(), clock=town.now, **values)
    assert queries.unfinished_load() is not None

    load = load_replicas(at=town.now(), clock=town.now, **values)
    assert (load.done, load.total, queries.unfinished_load()) == (2, 2, None)
    assert town.gateway.contents(town.unified("0001")) == before
    assert town.compares().found == {}
    recorded = rows("SELECT FROM evidence_entry WHERE kind = 'replicas_loaded'")
    assert len(recorded) == 2
