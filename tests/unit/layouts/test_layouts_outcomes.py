"""What codes come to: every code of a judging item is accounted for, and every leaf lies under one class."""

import pytest

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.outcomes import (
    WITHIN,
    Finding,
    Verdict,
    detailed_item,
    findings_of,
    incident_items,
    judges,
    primary_verdict,
    verdict_of,
)
from tasuki.layouts.types import Programme, ScreeningRecord, Stage

CANCERS = (Programme.LUNG, Programme.BREAST, Programme.STOMACH, Programme.CERVIX, Programme.COLORECTAL)
#: Codes that judge nothing: the virus was not tested.
SILENT = {(Programme.HEPATITIS, "9")}


@pytest.mark.parametrize("programme", Programme)
def test_every_code_that_judges_comes_to_something(programme: Programme) -> None:
    found = judges(programme)
    assert found
    for judge in found:
        codes = set(catalogue().table(judge.item.table or "").codes)
        assert codes - {code for one, code in SILENT if one is programme} == set(judge.verdicts)
        assert Verdict.DETAIL_NEEDED in judge.verdicts.values()


@pytest.mark.parametrize("programme", Programme)
def test_every_leaf_of_a_detailed_result_lies_under_one_class(programme: Programme) -> None:
    found = detailed_item(programme)
    leaves = sorted(catalogue().table(found.item.table or "").codes)
    classes = [sorted(codes) for finding, codes in found.codes.items() if finding not in WITHIN]
    assert sorted(code for codes in classes for code in codes) == leaves
    for inner, outer in WITHIN.items():
        assert found.codes.get(inner, frozenset()) <= found.codes.get(outer, frozenset())


def test_only_cancer_screenings_tell_of_incidents() -> None:
    assert [programme for programme in Programme if incident_items(programme)] == list(CANCERS)


@pytest.mark.parametrize(
    ("programme", "items", "verdict"),
    [
        (Programme.LUNG, {"9P504000000000011": "2"}, Verdict.DETAIL_NEEDED),
        (Programme.LUNG, {"9P504000000000011": "9"}, Verdict.UNJUDGED),
        (Programme.HEPATITIS, {"9P615000000000011": "1", "9N401000000000011": "2"}, Verdict.DETAIL_NEEDED),
        (Programme.HEPATITIS, {"9P615000000000011": "1", "9N401000000000011": "9"}, Verdict.FINE),
        (Programme.OSTEOPOROSIS, {"9P637000000000011": "2"}, Verdict.ADVICE),
        (Programme.PERIODONTAL, {}, Verdict.TAKEN),
    ],
)
def test_the_gravest_word_wins(programme: Programme, items: dict[str, str], verdict: Verdict) -> None:
    assert primary_verdict(programme, items) is verdict


def test_a_detailed_examination_is_done_and_says_what_it_found() -> None:
    items = {"9P585000000000011": "4"}
    detailed = ScreeningRecord(Programme.COLORECTAL, Stage.DETAILED, 2025, 1, "2025-09-01", 55, None, None, None, items)
    assert verdict_of(detailed) is Verdict.DETAIL_DONE
    assert findings_of(Programme.COLORECTAL, detailed.items) == {Finding.CANCER, Finding.EARLY, Finding.IN_SITU}
    assert findings_of(Programme.CERVIX, {"9P565000000000011": "8"}) == {Finding.CIN1}
    assert findings_of(Programme.LUNG, {}) == frozenset()
