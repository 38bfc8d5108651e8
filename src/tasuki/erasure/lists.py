"""The list of an erasure: what two people approved, and what belongs to it."""

from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Final
from uuid import UUID

from tasuki.erasure.errors import ListChangedError
from tasuki.erasure.queries import keys_of
from tasuki.erasure.types import Erasure, Subject
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.sql import run
from tasuki.persons.queries import unified_numbers

_RESULTS_OF: Final = """
INSERT INTO erasure_item (erasure_id, kind, key)
SELECT i.erasure_id, 'RESULT', r.result_id::text FROM erasure_item i
JOIN screening_result r ON r.system_person_number = i.key WHERE i.erasure_id = %s AND i.kind = 'PERSON'
ON CONFLICT DO NOTHING
"""


def list_digest(secret: bytes, keys: Sequence[str]) -> str:
    """Return a keyed digest of a list, whatever its order; nobody without the secret can try numbers against it."""
    return digest(secret, "\n".join(sorted(keys)).encode(), sha256).hex()


def check_list(found: Erasure, secret: bytes) -> dict[str, list[str]]:
    """Return what is on the list, once it is certain that two people approved just this.

    :raises ListChangedError: when it is another list.
    """
    keys = keys_of(found.erasure_id)
    if not compare_digest(list_digest(secret, keys.get(found.subject.value, [])), found.list_digest):
        raise ListChangedError(ListChangedError.__doc__)
    return keys


def add_what_belongs(found: Erasure) -> None:
    """Add to a list of people their results, and the numbers they have in the index."""
    if found.subject is not Subject.PERSON:
        return
    run(_RESULTS_OF, [found.erasure_id])
    people = unified_numbers(SYSTEM, keys_of(found.erasure_id).get("PERSON", []))
    add_items(found.erasure_id, "UNIFIED", sorted(set(people.values())))


def add_items(erasure_id: UUID, kind: str, keys: Sequence[str]) -> None:
    """Add keys to a list, each once."""
    run(
        "INSERT INTO erasure_item (erasure_id, kind, key) SELECT %s, %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
        [erasure_id, kind, list(keys)],
    )
