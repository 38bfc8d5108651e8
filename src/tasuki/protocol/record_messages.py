"""Items about exchange records (番号法23条): searched by a town, and told of when what was provided changed."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from tasuki.protocol.amending import Amended, CorrectedField, CorrectionGround
from tasuki.protocol.envelope import Item
from tasuki.protocol.messages import (
    DataSet,
    Direction,
    Exchange,
    Institution,
    Moment,
    Procedure,
    State,
    Transaction,
    UnifiedNumber,
)

#: Exchange records told in one reply.
MOST_RECORDS = 2_000


class CorrectionKind(StrEnum):
    """What became of something that had been provided."""

    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class Correction(Item):
    """From the provider's gateway, by the network and the inquirer's gateway, to its town: what was provided changed.

    Nothing is said of how it is now (個人情報保護法97条): whoever is told asks again.

    `ordinal` is the provider's own order of what it told about the replica: the same correction has the same one.
    """

    transaction_number: Transaction
    inquirer: Institution
    provider: Institution
    data_set: DataSet
    ordinal: Annotated[int, Field(ge=1, le=9_000_000_000_000_000_000)]
    kind: CorrectionKind
    corrected_at: Moment


class RecordCorrection(Item):
    """Town to its gateway, to the network, to the other side's gateway, to its town: a record itself was corrected.

    `direction` is that of `institution`, whose town corrects; each holder keeps what its record said (番号法31条).
    """

    correction: Transaction
    transaction_number: Transaction
    institution: Institution
    other: Institution
    direction: Direction
    field: CorrectedField
    value: Amended
    ground: CorrectionGround
    decided_at: Moment

    @model_validator(mode="after")
    def _a_procedure_has_its_form(self) -> Self:
        if self.field is CorrectedField.PROCEDURE and not re.fullmatch(r"JT[0-9]{14}", self.value):
            raise ValueError("a procedure is JT and 14 digits")
        return self


class RecordCorrectionRead(Item):
    """Town to gateway: this correction of a record was heard."""

    institution: Institution
    correction: Transaction


class CorrectionsAsked(Item):
    """Town to gateway: which corrections of what we received do we not have yet?"""

    institution: Institution


class CorrectionRead(Item):
    """Town to gateway: this correction is safely stored."""

    institution: Institution
    transaction_number: Transaction
    data_set: DataSet
    ordinal: Annotated[int, Field(ge=1, le=9_000_000_000_000_000_000)]


class RecordsAsked(Item):
    """Town to gateway: which exchange records of ours are like this (番号法23条)? What is left out restricts nothing.

    `since` is the first moment asked for, `until` the first one no longer; `people` are everybody's where empty.
    """

    institution: Institution
    since: Moment
    until: Moment
    people: Annotated[list[UnifiedNumber], Field(max_length=100)] = []
    other: Institution | None = None
    direction: Direction | None = None
    procedure: Procedure | None = None
    state: State | None = None
    non_disclosure: bool | None = None
    transaction_number: Transaction | None = None
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    most: Annotated[int, Field(ge=1, le=MOST_RECORDS)]


class RecordsFound(Item):
    """Gateway to town: how many records there are, and those asked for, the newest first."""

    total: int
    records: list[Exchange]
