"""Exchanges the key of individual numbers in parts of a hundred, saying how far it is: to be killed half-way."""

import os
import sys
import time
from pathlib import Path

import django

django.setup()

from tasuki.linkage.operations import custody  # noqa: E402 — needs Django set up
from tasuki.nodes.keys import NodeKeys  # noqa: E402 — after Django is set up
from tasuki.nodes.types import Databases  # noqa: E402 — after Django is set up
from tasuki.persons import queries  # noqa: E402 — after Django is set up
from tasuki.persons.cipher import NumberCipher  # noqa: E402 — after Django is set up
from tasuki.runtime import now  # noqa: E402 — after Django is set up
from tasuki.shared.actor import system_actor  # noqa: E402 — after Django is set up
from tests.database import point_django_at  # noqa: E402 — after Django is set up


def tell(phase: str, done: int) -> None:
    sys.stdout.write(f"{done if phase == 'reseal' else 0}\n")
    sys.stdout.flush()
    time.sleep(0.05)


point_django_at(Databases.model_validate_json(os.environ["URLS"]), as_owner=False)
custody._AT_ONCE = 100  # type: ignore[misc]  # smaller parts, so that it can be killed between two
own = NodeKeys(Path(sys.argv[1]))
custody.rotate_number_key(
    make_key=own.make_number_key,
    cipher=NumberCipher(own.derive_for_numbers, queries.live_key_ids),
    by=system_actor("test"),
    at=now(),
    progress=tell,
)
