"""Who is due for which programme, and why: each row of `cases.toml`, which is also the document."""

import pytest

from tasuki.eligibility.catalogue import rule_book
from tasuki.eligibility.types import Reason
from tasuki.eligibility.wording import reason_label, why
from tasuki.layouts.render import Language
from tests.spec.eligibility.cases import Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name_en)
def test_a_person_is_due_exactly_as_the_table_says(case: Case) -> None:
    found = case.assessed()
    assert (found.status, found.reason) == (case.status, case.reason)
    assert found.next_year == case.next_year
    assert tuple(rule.id for rule in found.methods) == case.methods


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name_en)
@pytest.mark.parametrize("language", Language)
def test_every_case_has_its_reason_in_a_sentence(case: Case, language: Language) -> None:
    sentence = why(case.assessed(), language, on=case.on)
    assert sentence.endswith("。" if language is Language.JA else ".")
    assert "{" not in sentence
    assert "()" not in sentence
    assert "（）" not in sentence


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in rule_book().rules} == {case.rule.id for case in CASES}


def test_every_reason_has_a_case_but_those_named() -> None:
    # TOO_OLD is never the most telling reason, and EXCLUDED is decided as the two other exclusions are.
    assert set(Reason) - {Reason(case.reason) for case in CASES} == {Reason.TOO_OLD, Reason.EXCLUDED}
    assert all(reason_label(reason, language) for reason in Reason for language in Language)
