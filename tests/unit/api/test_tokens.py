"""Tokens and assertions as texts: nothing that is sent in their place is a fault."""

import base64
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tasuki.api.town.tokens import Token, check_assertion, claimed_client, issue, read
from tasuki.persons.types.clients import CallRefusal, Scope, TokenRefusal

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY, OTHER = b"k" * 32, b"o" * 32
PARTS = st.text(alphabet="ABCDabcd0123-_=.", max_size=60)


@given(text=st.text(max_size=200) | st.tuples(PARTS, PARTS, PARTS).map(".".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert claimed_client(text) is None or isinstance(claimed_client(text), str)
    found = check_assertion(text, client_id="care-1", secrets=["s" * 43], audiences={"here"}, at=AT)
    assert found is TokenRefusal.BAD_SIGNATURE
    assert read(text, issuer="here", key=KEY, at=AT) is CallRefusal.BAD_TOKEN


def test_brackets_within_brackets_are_no_fault() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 2_900).decode().rstrip("=")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"at+jwt"}').decode().rstrip("=")
    for text in (f"{head}.{deep}.x", f"{deep}.{head}.x"):
        assert claimed_client(text) is None
        assert read(text, issuer="here", key=KEY, at=AT) is CallRefusal.BAD_TOKEN


@given(scopes=st.frozensets(st.sampled_from(Scope)))
def test_a_token_is_read_as_it_was_written_and_by_its_own_node_only(scopes: frozenset[Scope]) -> None:
    token = Token("care-1", scopes)
    text = issue(token, issuer="here", key=KEY, at=AT)
    assert read(text, issuer="here", key=KEY, at=AT) == token
    assert read(text, issuer="here", key=OTHER, at=AT) is CallRefusal.BAD_TOKEN
    assert read(text, issuer="there", key=KEY, at=AT) is CallRefusal.BAD_TOKEN
