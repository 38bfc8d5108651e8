"""What may be corrected in an exchange record itself, and how a correction stands beside it (番号法31条)."""

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tasuki.protocol.envelope import Item

#: As long as what it takes the place of may be.
Amended = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]*$")]


class CorrectedField(StrEnum):
    """What people enter into a record. Times, parties and data sets are stated by machines that sign them."""

    PROCEDURE = "procedure"
    DEPARTMENT = "department"


class CorrectionGround(StrEnum):
    """Why a record is corrected; what else is to be said stays in the town."""

    REQUESTED = "requested"
    FOUND = "found"


class Amendment(Item):
    """One correction of a record, which keeps what it said: `former` is what was corrected, `by` whose town did."""

    field: CorrectedField
    former: str
    value: Amended
    ground: CorrectionGround
    by: str
    decided_at: dt.datetime
