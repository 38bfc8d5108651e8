"""Who acts: every operation takes an `Actor`, and every record names one."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of party acts."""

    STAFF = "STAFF"
    SYSTEM = "SYSTEM"
    INSTITUTION = "INSTITUTION"


@dataclass(frozen=True, slots=True)
class Actor:
    """One party that acts.

    `identifier` is stable and holds no personal data, so it may be logged; `name` is for screens only and takes
    no part in comparison, because people change their names and remain who they are.
    """

    kind: ActorKind
    identifier: str
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse an actor nobody could be called to account for."""
        if not self.identifier:
            raise ValueError("an actor needs an identifier")

    def __eq__(self, other: object) -> bool:
        """Compare by kind and identifier."""
        if not isinstance(other, Actor):
            return NotImplemented
        return (self.kind, self.identifier) == (other.kind, other.identifier)

    def __hash__(self) -> int:
        """Hash what is compared."""
        return hash((self.kind, self.identifier))

    def __str__(self) -> str:
        """Give the form for logs, without the name."""
        return f"{self.kind}:{self.identifier}"


def actor_from(text: str) -> Actor:
    """Read an actor back from the form that `str` gives.

    :raises ValueError: when the text is none.
    """
    kind, _, identifier = text.partition(":")
    return Actor(ActorKind(kind), identifier)


def staff_actor(identifier: str, name: str = "") -> Actor:
    """Name a member of staff by the key of their account."""
    return Actor(ActorKind.STAFF, identifier, name)


def system_actor(identifier: str, name: str = "") -> Actor:
    """Name a part of the software that acts by itself, such as a job."""
    return Actor(ActorKind.SYSTEM, identifier, name)


def institution_actor(identifier: str, name: str = "") -> Actor:
    """Name another institution by its 情報保有機関コード."""
    return Actor(ActorKind.INSTITUTION, identifier, name)
