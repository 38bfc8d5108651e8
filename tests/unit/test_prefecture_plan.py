"""The plan of a prefecture: nobody twice, everybody's numbers well formed, everyone's replica their own."""

from tasuki.layouts.replica import parse
from tasuki.prefecture.plan import Plan, data_sets, movers, payload, places, registered_at
from tasuki.shared.identifiers import is_individual_number, is_institution_code, is_municipality_code

PLAN = Plan(institutions=5, movers=7, stayers=3)


def test_there_are_as_many_replicas_as_the_plan_says_and_as_were_asked_for() -> None:
    assert sum(map(len, registered_at(PLAN).values())) * len(data_sets()) == PLAN.replicas
    assert 0.99 < Plan.of(100, 2_000_000).replicas / 2_000_000 <= 1


def test_everybody_moves_between_two_institutions_and_has_numbers_of_their_own() -> None:
    everybody = list(movers(PLAN))
    assert len(everybody) == PLAN.institutions * PLAN.movers
    assert all(one.home != one.former for one in everybody)
    assert len({one.individual_number for one in everybody}) == len(everybody)
    assert len({one.resident_record_code for one in everybody}) == len(everybody)
    assert len({number for one in everybody for number in (one.here, one.there)}) == 2 * len(everybody)
    assert all(is_individual_number(one.individual_number) for one in everybody)


def test_institutions_are_of_no_prefecture_there_is() -> None:
    for place in places(PLAN):
        assert is_municipality_code(place.municipality_code)
        assert is_institution_code(place.institution)
        assert int(place.municipality_code[:2]) > 47


def test_a_payload_is_a_replica_that_names_its_own_person_only() -> None:
    one, other = list(movers(PLAN))[:2]
    for version in data_sets():
        written = payload(version, one.former, one.there)
        read = parse(written.encode())
        assert read.facility_name is not None
        assert one.there in read.facility_name
        assert written != payload(version, other.former, other.there)
