"""Which systems register people with the index (業務システム)."""

import datetime as dt
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor

ALIAS: Final = "index"


@transaction.atomic(using=ALIAS)
def admit_system(*, system: str, name: str, name_en: str, by: Actor, at: dt.datetime) -> None:
    """Admit a business system, or call one that was admitted by another name; the register stays the register."""
    del by  # Who admits a system stands in the caller's record.
    run(
        "INSERT INTO persons_business_system AS b (system, name, name_en, is_register, joined_at)"
        " VALUES (%s, %s, %s, false, %s)"
        " ON CONFLICT (system) DO UPDATE SET name = EXCLUDED.name, name_en = EXCLUDED.name_en",
        [system, name, name_en, at],
        alias=ALIAS,
    )
