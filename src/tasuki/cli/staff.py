"""Staff accounts, and who sends the town's letters, from the command line."""

from dataclasses import replace

from tasuki.accounts.operations import make_personas
from tasuki.cli.output import staff_by
from tasuki.letters import queries
from tasuki.letters.operations import write_sender
from tasuki.nodes.types import NodeKind
from tasuki.runtime import node, now
from tasuki.screening.queries.districts import open_districts


def make_demo_staff() -> int:
    """Make the demonstration's accounts; return how many there are."""
    kind = node().kind
    areas = open_districts()[:1] if kind == NodeKind.TOWN else []
    made = make_personas(kind=kind, demonstration=node().is_dummy, areas=areas, by=staff_by("personas"), at=now())
    return len(made)


def set_letters_sender(department: str, postal_code: str, address: str, phone: str, hours: str) -> dict[str, int]:
    """Bring a sender into use for the town's letters; return its version."""
    stated = replace(
        queries.sender(), department=department, postal_code=postal_code, address=address, phone=phone, hours=hours
    )
    stored = write_sender(sender=stated, reason="letters-sender", by=staff_by("letters-sender"), at=now())
    if stored is None:
        raise LookupError("another version of the sender was written in the same moment")
    return {"version": stored.version}
