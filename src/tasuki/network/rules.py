"""The network's decision on an inquiry: pure, and citing its articles."""

import datetime as dt
from collections.abc import Iterable

from tasuki.network.types import Askable, Member, Permission, Permitted, RefusalReason, Refused

ASSESSMENT_BASIS = "番号法21条2項2号・28条"
LEGAL_BASIS = "番号法21条2項1号"
SUSPENSION_BASIS = "番号法24条"


def decide(
    *,
    inquirer: Member | None,
    provider: Member | None,
    procedure: str,
    data_sets: Iterable[str],
    permissions: Iterable[Permission],
    on: dt.date,
) -> Permitted | Refused:
    """Decide whether an inquiry is lawful on a day (番号法21条2項).

    A data set that no row permits is refused by itself; the rest may still be asked for. Parties without a published
    impact assessment may neither ask nor be asked (番号法28条). Nor may whoever is suspended: that is said last,
    because it ends again and the other reasons do not.
    """
    if inquirer is None or provider is None:
        return Refused(RefusalReason.PROVIDER_UNKNOWN, LEGAL_BASIS)
    asked = tuple(data_sets)
    rows = [
        row
        for row in permissions
        if row.procedure == procedure
        and row.inquirer == inquirer.institution_class
        and row.provider == provider.institution_class
        and row.in_force(on)
    ]
    lawful = tuple(code for code in asked if any(code in row.data_sets for row in rows))
    if not lawful:
        return Refused(RefusalReason.NO_LEGAL_BASIS, LEGAL_BASIS)
    for member in (inquirer, provider):
        if member.assessed_on is None or member.assessed_on > on:
            return Refused(RefusalReason.NO_ASSESSMENT, ASSESSMENT_BASIS)
    if inquirer.suspended or provider.suspended:
        return Refused(RefusalReason.SUSPENDED, SUSPENSION_BASIS)
    used = [row for row in rows if row.data_sets & set(lawful)]
    return Permitted(
        data_sets=lawful,
        refused=tuple(code for code in asked if code not in lawful),
        basis="; ".join(dict.fromkeys(row.basis for row in used)),
        valid_for=min(row.valid_for for row in used),
    )


def may_be_asked(
    *, inquirer: Member | None, procedure: str, permissions: Iterable[Permission], on: dt.date
) -> Askable | Refused:
    """Say which kinds of institution an inquirer may ask for a procedure on a day (命令85号40条3項・4項)."""
    if inquirer is None:
        return Refused(RefusalReason.PROVIDER_UNKNOWN, LEGAL_BASIS)
    rows = [
        row
        for row in permissions
        if row.procedure == procedure and row.inquirer == inquirer.institution_class and row.in_force(on)
    ]
    if not rows:
        return Refused(RefusalReason.NO_LEGAL_BASIS, LEGAL_BASIS)
    if inquirer.assessed_on is None or inquirer.assessed_on > on:
        return Refused(RefusalReason.NO_ASSESSMENT, ASSESSMENT_BASIS)
    if inquirer.suspended:
        return Refused(RefusalReason.SUSPENDED, SUSPENSION_BASIS)
    return Askable(frozenset(row.provider for row in rows), "; ".join(dict.fromkeys(row.basis for row in rows)))
