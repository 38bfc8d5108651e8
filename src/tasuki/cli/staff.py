"""Staff accounts from the command line."""

from tasuki.accounts.operations import make_personas
from tasuki.cli.output import staff_by
from tasuki.runtime import node, now


def make_demo_staff() -> int:
    """Make the demonstration's accounts; return how many there are."""
    return len(make_personas(demonstration=node().demonstration, by=staff_by("personas"), at=now()))
