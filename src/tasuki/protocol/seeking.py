"""The items of provider discovery (提供者の検索): whom may be asked about a person (命令85号40条3項・4項)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tasuki.protocol.envelope import Item
from tasuki.protocol.messages import Code, Institution, Moment, Procedure, Transaction, UnifiedNumber, Word


class SeekOutcome(StrEnum):
    """What became of seeking. Only `told` comes with institutions, of which there may be none."""

    TOLD = "told"
    OWN_CODE_MISSING = "own_code_missing"
    NO_LEGAL_BASIS = "refused_no_legal_basis"
    NO_ASSESSMENT = "refused_no_assessment"
    SUSPENDED = "refused_suspended"
    UNREACHED = "unreached"
    """The gateway could not have the network; nothing was told."""


class ProvidersSought(Item):
    """Town to gateway: who may be asked about this person? The person is named by the town's own unified number."""

    transaction_number: Transaction
    institution: Institution
    unified_person_number: UnifiedNumber
    procedure: Procedure
    department: Word
    requested_at: Moment


class HoldersAsked(Item):
    """Gateway to network: which institutions hold a code for this person?"""

    transaction_number: Transaction
    inquirer: Institution
    inquirer_code: Code
    procedure: Procedure
    department: Word
    requested_at: Moment


class Holders(Item):
    """Who may be asked about a person: institutions that hold a code and that the law lets be asked, never codes."""

    transaction_number: Transaction
    outcome: SeekOutcome
    basis: str = ""
    institutions: Annotated[list[Institution], Field(max_length=5_000)] = []
