"""Corrections of exchange records in words (記録の訂正)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasuki.protocol.amending import Amendment, CorrectedField, CorrectionGround

FIELD_LABELS: Final[Mapping[CorrectedField, Promise]] = {
    CorrectedField.PROCEDURE: gettext_lazy("事務手続コード"),
    CorrectedField.DEPARTMENT: gettext_lazy("照会した部署"),
}
GROUND_LABELS: Final[Mapping[CorrectionGround, Promise]] = {
    CorrectionGround.REQUESTED: gettext_lazy("本人の請求による"),
    CorrectionGround.FOUND: gettext_lazy("団体が誤りに気づいた"),
}


@dataclass(frozen=True, slots=True)
class AmendmentRow:
    """One correction of a record: what it said, what holds, who corrected it and why."""

    at: dt.datetime
    field: str
    former: str
    value: str
    ground: str
    by: str


def amendment_rows(amendments: Sequence[Amendment], own: str, names: Mapping[str, str]) -> list[AmendmentRow]:
    """Return corrections in words, the oldest first.

    :param own: what whoever reads is called; everybody else is named as `names` has it.
    """
    return [
        AmendmentRow(
            at=one.decided_at,
            field=str(FIELD_LABELS[one.field]),
            former=one.former,
            value=one.value,
            ground=str(GROUND_LABELS[one.ground]),
            by=names.get(one.by, own),
        )
        for one in amendments
    ]
