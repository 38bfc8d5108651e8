"""Who takes part."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.network.models import Institution
from tasuki.network.types import InstitutionClass
from tasuki.shared.actor import Actor
from tasuki.shared.institutions import Institution as InstitutionValue


@transaction.atomic(savepoint=False)
def register_member(
    *,
    member: InstitutionValue,
    institution_class: InstitutionClass,
    gateway: str,
    assessed_on: dt.date | None,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Enter an institution into the registry, or change its entry. Routing follows `gateway` from then on."""
    Institution.objects.update_or_create(
        institution=member.code,
        defaults={
            "name": member.name,
            "name_en": member.name_en,
            "municipality_code": member.municipality_code,
            "institution_class": institution_class.value,
            "gateway": gateway,
            "assessed_on": assessed_on,
        },
        create_defaults={
            "name": member.name,
            "name_en": member.name_en,
            "municipality_code": member.municipality_code,
            "institution_class": institution_class.value,
            "gateway": gateway,
            "assessed_on": assessed_on,
            "joined_at": at,
        },
    )


__all__: Sequence[str] = ("register_member",)
