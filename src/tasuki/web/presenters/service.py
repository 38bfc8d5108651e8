"""Words and rows of business systems and their access to the index."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasuki.persons.queries.statements import BusinessSystem
from tasuki.persons.types import NON_REGISTERED
from tasuki.persons.types.clients import ApiClient, Scope
from tasuki.web.templatetags.tasuki import current_language

SCOPE_LABELS: Final[Mapping[Scope, Promise]] = {
    Scope.REGISTER_PEOPLE: gettext_lazy("宛名を登録する"),
    Scope.READ_PEOPLE: gettext_lazy("登録の状態を見る"),
    Scope.LOOK_UP_NUMBERS: gettext_lazy("個人番号から自分の宛名番号を探す"),
    Scope.READ_CASES: gettext_lazy("差し戻された登録を見る"),
    Scope.READ_CHANGES: gettext_lazy("登録した人の住民異動の通知を受け取る"),
    Scope.READ_PROTECTION: gettext_lazy("通知で支援措置の開始と終了も受け取る"),
}


def may_call(system: BusinessSystem) -> bool:
    """Say whether a system may be given access of its own."""
    return not system.is_register and system.system != NON_REGISTERED


def system_row(system: BusinessSystem, clients: Sequence[ApiClient]) -> dict[str, object]:
    """Return what is shown of a business system."""
    used = [one.last_used_at for one in clients if one.last_used_at is not None]
    return {
        "system": system.system,
        "name": system.name_en if current_language() == "en" else system.name,
        # The register's people come as files, and whoever is outside it is registered by hand.
        "may_call": may_call(system),
        "joined_at": system.joined_at,
        "clients": len(clients),
        "last_used_at": max(used, default=None),
    }


def client_row(client: ApiClient, at: dt.datetime) -> dict[str, object]:
    """Return what is shown of an access; its secrets only by when they were made and end."""
    return {
        "client_id": client.client_id,
        "name": client.name,
        "scopes": [label for scope, label in SCOPE_LABELS.items() if scope in client.scopes],
        "is_stopped": client.disabled_at is not None,
        "stopped_at": client.disabled_at,
        "made_at": client.made_at,
        "last_used_at": client.last_used_at,
        "secrets": client.secrets_at(at),
    }
