"""Whatever the bytes are, a reader of FHIR documents never fails: it says what is wrong, in words, and where."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.layouts.fhir_documents import CDA, TOWN, bundle

from tasuki.layouts.fhir import ReadDocument, read_bundle
from tasuki.layouts.fhir.strict_json import DEEPEST, LARGEST

RIGHT = bundle(attachments=(CDA,))
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=4,
)


def worded(read: ReadDocument) -> bool:
    """Say whether every problem can be put to staff, and nothing is taken as read beside an error."""
    texts = [(one.message_ja, one.message_en, one.remedy_ja, one.remedy_en) for one in read.problems]
    return all(all(text) for text in texts) and (not read.has_errors or read.record() is None)


def only(content: bytes) -> str:
    """Return the one rule some bytes break."""
    read = read_bundle(content, TOWN)
    assert worded(read)
    assert read.record() is None
    (problem,) = read.problems
    return problem.rule


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    read = read_bundle(content, TOWN)
    assert read.has_errors
    assert worded(read)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(RIGHT) - 1))
def test_a_document_that_breaks_off(end: int) -> None:
    # A cut in the middle of a character is found as a wrong character, any other as broken JSON.
    assert only(RIGHT[:end]) in ("fhir_not_json", "fhir_wrong_charset")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(RIGHT) - 1), st.integers(0, 255))
def test_a_document_with_one_byte_changed(place: int, byte: int) -> None:
    assert worded(read_bundle(RIGHT[:place] + bytes([byte]) + RIGHT[place + 1 :], TOWN))


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


PLACES = _places(json.loads(RIGHT))[1:]


@pytest.mark.parametrize("wrong", [None, True, 7, "異", "", [], {}, [None], [[]], {"resourceType": []}], ids=repr)
def test_a_wrong_type_at_every_place(wrong: object) -> None:
    for place in PLACES:
        parsed = json.loads(RIGHT)
        holder = parsed
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = wrong
        assert worded(read_bundle(json.dumps(parsed).encode(), TOWN)), place


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PLACES), _ANYTHING)
def test_anything_at_any_place(place: tuple[Any, ...], wrong: object) -> None:
    parsed = json.loads(RIGHT)
    holder = parsed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = wrong
    assert worded(read_bundle(json.dumps(parsed).encode(), TOWN))


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("depth", [DEEPEST + 1, 100_000, 1_000_000])
def test_deep_nesting_is_no_bomb(opening: str, depth: int) -> None:
    assert only((opening * depth).encode()) == "fhir_too_deep"


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("fhir_not_json", b""),
        ("fhir_not_json", b'{"a": NaN}'),
        ("fhir_not_json", b'{"a": -Infinity}'),
        ("fhir_not_json", b"\xef\xbb\xbf"),
        ("fhir_not_bundle", b"[]"),
        ("fhir_not_bundle", b"9" * 100_000),
        ("fhir_not_bundle", b'"Bundle"'),
        ("fhir_wrong_charset", "検診".encode("cp932")),
        ("fhir_wrong_charset", RIGHT.decode().encode("cp932", errors="replace")),
        ("fhir_wrong_charset", RIGHT.decode().encode("utf-16")),
        ("fhir_key_twice", b'{"resourceType": "Bundle", "resourceType": "Patient"}'),
        ("fhir_key_twice", b'{"a": [{"b": 1, "b": 1}]}'),
        ("fhir_bad_character", b'{"a": "\\u0000"}'),
        ("fhir_bad_character", b'{"a": [["\\ud800"]]}'),
        ("fhir_bad_character", b'{"\\udfff": 1}'),
        ("fhir_too_large", b" " * (LARGEST + 1)),
    ],
)
def test_what_nobody_may_send(rule: str, content: bytes) -> None:
    assert only(content) == rule


def test_a_byte_order_mark_is_passed_over_and_said() -> None:
    read = read_bundle(b"\xef\xbb\xbf" + RIGHT, TOWN)
    assert [problem.rule for problem in read.problems] == ["fhir_byte_order_mark"]
    assert read.record() is not None


@pytest.mark.parametrize("content", [b'"' + b'\\"' * 2_000_000, b'{"a": "' + b"\\" * 2_000_000, b'"a' * 1_000_000])
def test_unclosed_text_costs_no_more_than_its_length(content: bytes) -> None:
    started = time.process_time()
    assert only(content) == "fhir_not_json"
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE x; --", "<script>alert(1)</script>", "\u202e反転", "a" * 100_000, "{item}"]
)
def test_hostile_text_in_identities(text: str) -> None:
    parsed = json.loads(RIGHT)
    parsed["entry"][1]["resource"]["identifier"][0]["value"] = text
    parsed["entry"][0]["resource"]["category"][0]["coding"][0]["code"] = text
    read = read_bundle(json.dumps(parsed).encode(), TOWN)
    assert worded(read)
    assert read.subject.person_number == text
    assert all(len(problem.value) <= 80 for problem in read.problems)


def test_a_crowd_of_faults_is_not_told_one_by_one() -> None:
    parsed = json.loads(bundle())
    parsed["entry"] += [{"resource": 1}] * 1500
    read = read_bundle(json.dumps(parsed).encode(), TOWN)
    assert 200 <= len(read.problems) <= 400
    assert worded(read)
