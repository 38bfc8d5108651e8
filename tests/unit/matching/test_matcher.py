"""One pair: what holds whichever pair it is, and the explanation of one."""

from dataclasses import replace

import pytest
from hypothesis import given

from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import Matcher, japanese
from tasuki.matching.types import Decision, Effect, PersonRecord
from tests.spec.matching.cases import cases
from tests.unit.matching.pairs import records


@given(records(), records())
def test_the_order_of_two_records_does_not_matter(one: PersonRecord, other: PersonRecord) -> None:
    first, second = columns_of(one), columns_of(other)
    assert japanese().compare(first, second) == japanese().compare(second, first)


@given(records())
def test_a_record_never_differs_from_itself(one: PersonRecord) -> None:
    levels = japanese().compare(columns_of(one), columns_of(one))
    assert 0 not in levels


@given(records(), records())
def test_nothing_is_automatic_on_fewer_items_than_the_rules_ask(one: PersonRecord, other: PersonRecord) -> None:
    outcome = japanese().decide(japanese().compare(columns_of(one), columns_of(other)))
    if outcome.decision == Decision.AUTOMATIC:
        assert one.name
        assert one.address
        assert other.address
        assert one.birth_date == other.birth_date
        assert one.birth_date is not None
        assert one.birth_date.exact() is not None
        assert None in (one.sex, other.sex) or one.sex == other.sex
        assert None in (one.number_hash, other.number_hash) or one.number_hash == other.number_hash


@given(records(), records())
def test_whatever_is_automatic_shares_a_blocking_key(one: PersonRecord, other: PersonRecord) -> None:
    first, second = columns_of(one), columns_of(other)
    if japanese().decide(japanese().compare(first, second)).decision == Decision.AUTOMATIC:
        assert set(japanese().blocking_keys(first)) & set(japanese().blocking_keys(second))


@given(records(), records())
def test_a_blocking_key_is_shared_exactly_when_a_block_agrees(one: PersonRecord, other: PersonRecord) -> None:
    of, first, second = japanese().definition, columns_of(one), columns_of(other)
    agrees = any(
        all(first[of.place(name)] is not None and first[of.place(name)] == second[of.place(name)] for name in block)
        for block in of.blocks
    )
    assert bool(set(japanese().blocking_keys(first)) & set(japanese().blocking_keys(second))) == agrees


def test_an_explanation_adds_up_and_names_what_decided() -> None:
    case = next(case for case in cases() if case.by == "twins")
    explained = japanese().explain(case.compared())
    assert explained.prior + sum(step.weight for step in explained.steps) == pytest.approx(explained.outcome.weight)
    assert explained.outcome.probability == pytest.approx(1 / (1 + 2**-explained.outcome.weight))
    (rule,) = explained.rules
    assert (rule.id, rule.effect, explained.outcome.decided_by) == ("twins", Effect.DOUBT, "twins")
    assert all(step.ja and step.en for step in explained.steps)
    given_name = next(step for step in explained.steps if step.comparison == "given")
    assert (given_name.ja, given_name.en) == ("名: 異なる", "Given name: differs")
    assert given_name.weight < 0


def test_a_record_shows_nobody_in_a_log() -> None:
    record = PersonRecord("1", name="架空　太郎", address="架空区模擬町2-1-2", number_hash=b"a")
    assert repr(record) == "PersonRecord(key='1')"


def test_doubt_takes_certainty_away() -> None:
    case = next(case for case in cases() if case.en == "The four items agree, the individual numbers do not")
    of = japanese().definition
    rules = tuple(rule for rule in of.rules if rule.id in ("four_items", "number_differs"))
    outcome = Matcher(replace(of, rules=rules), japanese().weights).decide(case.compared())
    assert outcome.rules == ("four_items", "number_differs")
    assert (outcome.decision, outcome.decided_by, outcome.is_likely) == (Decision.CLERK, "number_differs", False)
