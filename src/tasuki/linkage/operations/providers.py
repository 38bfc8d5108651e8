"""Whom this town can ask."""

import datetime as dt

from django.db import transaction

from tasuki.linkage.models import Provider
from tasuki.shared.actor import Actor
from tasuki.shared.institutions import Institution


@transaction.atomic
def register_provider(*, institution: Institution, by: Actor, at: dt.datetime) -> None:
    """Enter an institution into the town's directory, or change its entry."""
    del by, at  # A directory of public facts; the network's registry is what is evidenced.
    Provider.objects.update_or_create(
        municipality_code=institution.municipality_code,
        defaults={"institution": institution.code, "name": institution.name, "name_en": institution.name_en},
    )
