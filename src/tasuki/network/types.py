"""Values of the network's decisions."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class InstitutionClass(StrEnum):
    """The kinds of institution the table of law speaks of."""

    MUNICIPALITY = "municipality"
    OTHER = "other"
    PORTAL = "portal"
    """The portal alone, which asks for the person themselves and which no gateway serves."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One row of the table of law: who may ask whom for what under which article. `until` is the first day without."""

    procedure: str
    inquirer: InstitutionClass
    provider: InstitutionClass
    data_sets: frozenset[str]
    since: dt.date
    until: dt.date | None
    basis: str
    valid_for: dt.timedelta

    def in_force(self, on: dt.date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a table of law: its rows, good from `since` until the day before `until`.

    `is_provisional` until somebody has read it in the original; `read_on` is when we last looked.
    """

    edition: str
    name: str
    name_en: str
    since: dt.date
    until: dt.date | None
    read_on: dt.date
    is_provisional: bool
    permissions: tuple[Permission, ...]

    @property
    def table(self) -> str:
        """The table it is an edition of: its name up to the first hyphen."""
        return self.edition.partition("-")[0]

    def in_force(self, on: dt.date) -> bool:
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Member:
    """An institution as the registry knows it.

    `assessed_on` is the day its impact assessment was published (番号法28条). Who is `suspended` takes no part now.
    """

    institution: str
    institution_class: InstitutionClass
    gateway: str
    assessed_on: dt.date | None
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Permitted:
    """The data sets that may be asked for, under which basis and for how long, and those that may not."""

    data_sets: tuple[str, ...]
    refused: tuple[str, ...]
    basis: str
    valid_for: dt.timedelta


@dataclass(frozen=True, slots=True)
class Askable:
    """The kinds of institution that may be asked, and under which basis."""

    classes: frozenset[InstitutionClass]
    basis: str


class RefusalReason(StrEnum):
    NO_LEGAL_BASIS = "refused_no_legal_basis"
    NO_ASSESSMENT = "refused_no_assessment"
    SUSPENDED = "refused_suspended"
    PROVIDER_UNKNOWN = "provider_unknown"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing may be asked, with the article that says so."""

    reason: RefusalReason
    basis: str
