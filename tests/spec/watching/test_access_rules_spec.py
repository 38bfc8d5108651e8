"""Which accesses are looked into, rule by rule: just below the number, and at it."""

import datetime as dt
from collections.abc import Sequence

import pytest

from tasuki.erasure.catalogue import rule_named
from tasuki.shared.dates import JST
from tasuki.watching.rules import every_rule, is_off_hours, is_off_hours_throughout, judge, kept_since, rules_on
from tasuki.watching.types import Act, Finding, Related, RuleKind, Seen, Setting

#: A Friday at ten in the morning.
TEN = dt.datetime(2026, 11, 27, 10, 0, tzinfo=JST)
MINUTE = dt.timedelta(minutes=1)


def seen(
    after: dt.timedelta = MINUTE * 0, act: Act = Act.VIEW, person: str = "", shown: int = 1, staff: str = "S:1"
) -> Seen:
    return Seen(TEN + after, staff, "HEALTH_CLERK", act, (person,) if person else (), shown)


def found(
    accesses: Sequence[Seen], protected: Sequence[str] = (), usual: dict[str, float] | None = None
) -> list[Finding]:
    return judge(accesses, protected=frozenset(protected), usual=usual or {})


def kinds(accesses: Sequence[Seen], protected: Sequence[str] = (), usual: dict[str, float] | None = None) -> list[str]:
    return [one.rule.kind.value for one in found(accesses, protected, usual)]


def people(number: int, minutes: int = 50) -> list[Seen]:
    return [seen(MINUTE * minutes * n / number, person=f"{n:09}") for n in range(number)]


@pytest.mark.parametrize(
    ("accesses", "expected"),
    [
        (people(59), []),
        (people(60), ["BULK_VIEWING"]),
        # As many, in two hours.
        (people(60, minutes=119), []),
        # Across the full hour: the hour is not one of the clock.
        ([seen(MINUTE * (35 + n / 2), person=f"{n:09}") for n in range(60)], ["BULK_VIEWING"]),
        # One person again and again is no bulk.
        ([seen(MINUTE * n / 2, person="000000001") for n in range(60)], []),
        ([seen(MINUTE * n, Act.SEARCH) for n in range(9)], []),
        ([seen(MINUTE * n, Act.SEARCH) for n in range(10)], ["SEARCH_WITHOUT_OPENING"]),
        ([*(seen(MINUTE * n, Act.SEARCH) for n in range(10)), seen(MINUTE * 5, person="000000001")], []),
        ([seen(MINUTE * n, Act.REFUSED, shown=0) for n in range(4)], []),
        ([seen(MINUTE * n, Act.REFUSED, shown=0) for n in range(5)], ["REPEATED_REFUSALS"]),
        ([seen(MINUTE * n, Act.REFUSED, shown=0, staff=f"S:{n}") for n in range(5)], []),
    ],
)
def test_from_how_many_on_something_is_looked_into(accesses: list[Seen], expected: list[str]) -> None:
    assert kinds(accesses) == expected


@pytest.mark.parametrize(("opened", "expected"), [(4, []), (5, ["PROTECTED_PERSONS"])])
def test_protected_persons_are_counted_as_different_people(opened: int, expected: list[str]) -> None:
    accesses = [seen(MINUTE * 10 * n, person=f"{n:09}") for n in range(opened)]
    protected = [f"{n:09}" for n in range(9)]
    assert kinds([*accesses, *accesses], protected) == expected


@pytest.mark.parametrize(
    ("shown", "usual", "expected"),
    [
        (249, {"HEALTH_CLERK": 50.0}, []),
        (250, {"HEALTH_CLERK": 50.0}, ["UNUSUAL_VOLUME"]),
        # Far from the middle, and still few.
        (199, {"HEALTH_CLERK": 1.0}, []),
        (200, {"HEALTH_CLERK": 1.0}, ["UNUSUAL_VOLUME"]),
        # Nobody knows yet what is usual.
        (9_999, {}, []),
        (9_999, {"AUDITOR": 1.0}, []),
    ],
)
def test_a_volume_is_unusual_for_the_role_only(shown: int, usual: dict[str, float], expected: list[str]) -> None:
    assert kinds([seen(act=Act.EXPORT, shown=shown)], usual=usual) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ((2026, 11, 27, 7, 29), True),
        ((2026, 11, 27, 7, 30), False),
        ((2026, 11, 27, 18, 15), False),
        ((2026, 11, 27, 18, 16), True),
        ((2026, 11, 28, 10, 0), True),  # Saturday
        ((2026, 11, 23, 10, 0), True),  # 勤労感謝の日
        ((2026, 9, 22, 10, 0), True),  # 国民の休日 between two holidays
        ((2026, 12, 29, 10, 0), True),
        ((2026, 12, 28, 10, 0), False),
        ((2027, 1, 4, 10, 0), False),
    ],
)
def test_office_hours_know_weekends_holidays_and_the_new_year(at: tuple[int, ...], expected: bool) -> None:
    moment = dt.datetime(*at[:5], tzinfo=JST)  # type: ignore[misc,arg-type]  # five numbers
    assert is_off_hours(moment) is expected
    accesses = [Seen(moment, "S:1", "HEALTH_CLERK", Act.VIEW, (), 1)]
    assert (kinds(accesses) == ["OFF_HOURS"]) is expected


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        # Office hours are from 8:30 to 17:15, with an hour of grace around them.
        ((27, 18, 16), (28, 9, 0), True),
        ((27, 18, 15), (28, 9, 0), False),
        ((28, 0, 0), (30, 7, 30), True),
        ((28, 0, 0), (30, 7, 31), False),
        ((27, 5, 0), (27, 23, 0), False),
        ((27, 12, 0), (27, 12, 30), False),
        ((26, 20, 0), (27, 20, 0), False),
    ],
    ids=["Friday night", "too early", "a weekend", "into Monday", "around a day", "at noon", "over a whole day"],
)
def test_a_time_is_off_hours_throughout_or_not(
    begins: tuple[int, int, int], ends: tuple[int, int, int], expected: bool
) -> None:
    times = (dt.datetime(2026, 11, *one, tzinfo=JST) for one in (begins, ends))
    assert is_off_hours_throughout(*times) is expected


def test_a_finding_says_who_when_and_how_many() -> None:
    [one] = found(people(61))
    assert (one.staff, one.role, one.counted) == ("S:1", "HEALTH_CLERK", 60)
    assert one.since < TEN < one.until


def test_every_rule_has_its_basis_and_is_provisional_with_a_date() -> None:
    assert {one.kind for one in rules_on(TEN.date())} == set(RuleKind)
    assert all(one.basis and one.status in ("provisional", "confirmed") and one.checked for one in every_rule())
    assert rules_on(dt.date(2026, 3, 31)) == ()


@pytest.mark.parametrize(
    ("opened", "staff", "expected"),
    [
        ("000000001", "S:1", ["OWN_HOUSEHOLD"]),  # oneself
        ("000000002", "S:1", ["OWN_HOUSEHOLD"]),  # who lives with one
        ("000000003", "S:1", ["COLLEAGUE"]),
        ("000000003", "S:2", ["OWN_HOUSEHOLD"]),  # oneself is no colleague
        ("000000004", "S:1", []),
        ("000000001", "S:9", ["COLLEAGUE"]),  # by somebody who declared nothing
        ("000000002", "S:9", []),  # a colleague's child is no colleague
    ],
)
def test_relatives_and_colleagues_are_those_that_staff_declared(opened: str, staff: str, expected: list[str]) -> None:
    related = Related(
        {"S:1": frozenset({"000000001", "000000002"}), "S:2": frozenset({"000000003"})},
        {"000000001": "S:1", "000000003": "S:2"},
    )
    accesses = [seen(person=opened, staff=staff)]
    found_kinds = [one.rule.kind.value for one in judge(accesses, protected=frozenset(), usual={}, related=related)]
    assert found_kinds == expected


def test_a_towns_number_holds_from_its_day_and_the_newest_of_a_day_counts() -> None:
    def setting(least: int, day: int) -> Setting:
        return Setting(RuleKind.BULK_VIEWING, least, 1, dt.date(2026, 12, day), "x", TEN, "S:1")

    def least_on(day: int) -> int:
        made = [setting(30, 2), setting(20, 2), setting(40, 4)]
        return next(one.least for one in rules_on(dt.date(2026, 12, day), made) if one.kind is RuleKind.BULK_VIEWING)

    assert [least_on(day) for day in (1, 2, 3, 4)] == [60, 20, 20, 40]


def test_no_bound_puts_a_rule_out_of_use_and_what_is_delivered_lies_within() -> None:
    for one in every_rule():
        if one.least_between is not None:
            assert 1 <= one.least_between[0] <= one.least <= one.least_between[1]
        low, high = one.times_between or (one.times, one.times)
        assert 1 <= low <= one.times <= high


def test_accesses_are_kept_as_long_as_the_table_of_retention_says() -> None:
    rule = rule_named("accesses")
    assert rule is not None
    assert kept_since(TEN).year == TEN.year - rule.years
