"""Searches under way: the words stay on the server, and the address carries a random key.

Names in an address would end up in histories and logs, so the form is posted, its words are kept encrypted in the
session under a fresh key, and the list is then an ordinary page that can be reloaded, paged and gone back to.
"""

import secrets
from typing import Any, Final

from django.contrib.sessions.backends.base import SessionBase

from tasuki.web.sealed import open_words, seal_words

_PLACE: Final = "searches"
# Enough to go back through a morning's work; a session is no place to keep more.
_KEPT: Final = 20


class UnknownSearchError(Exception):
    """The session has no search of that key: it was long ago, or somebody else's."""


def keep_search(session: SessionBase, words: dict[str, str]) -> str:
    """Keep a search and give the key that addresses it."""
    kept: dict[str, Any] = dict(session.get(_PLACE, {}))
    key = secrets.token_urlsafe(9)
    kept[key] = seal_words(words)
    session[_PLACE] = dict(list(kept.items())[-_KEPT:])
    return key


def kept_search(session: SessionBase, key: str) -> dict[str, str]:
    """Give the words of a search.

    :raises UnknownSearchError: when this session has none of that key.
    """
    sealed = session.get(_PLACE, {}).get(key)
    if sealed is None:
        raise UnknownSearchError(UnknownSearchError.__doc__)
    return open_words(sealed)
