"""What the commands about files to the intermediate server do once they are a town."""

from collections.abc import Callable
from typing import Any

from tasuki.cli.linking import reaching
from tasuki.cli.output import staff_by
from tasuki.jobs.link import load_now
from tasuki.jobs.town import asker, sending_link
from tasuki.linkage import operations, queries
from tasuki.linkage.gateway_client.files import FileLink
from tasuki.linkage.gateway_client.official_codes import CodesUnfilled, official_codes
from tasuki.linkage.gateway_client.replica_files import RunKind
from tasuki.linkage.types import LoadKind
from tasuki.protocol.messages import State
from tasuki.runtime import node, now

_MOST = 100_000


def write_out(link: FileLink, run: RunKind) -> list[str]:
    """Write what waits, or everything, then the inquiries; return every code that kept something from being written."""
    missing = _attempt(_send_changes if run is RunKind.CHANGE else lambda: _load(run))
    take_up_inquiries("files-out")
    waiting = {row["procedure"] for row in queries.open_inquiries(_MOST) if row["state"] == State.CREATED}
    if waiting:
        codes = reaching(lambda: official_codes(link.files.codes))
        missing |= codes.missing_for_inquiries(waiting)
    return sorted(missing)


def take_up_inquiries(command: str) -> None:
    """Write inquiries that wait, and keep the answers that have come."""
    reaching(lambda: operations.continue_inquiries(asker=asker(), by=staff_by(command), at=now(), most=_MOST))


def _send_changes() -> None:
    operations.send_outbox(
        institution=node().own_town().institution, link=sending_link(), by=staff_by("files-out"), at=now()
    )


def _load(run: RunKind) -> None:
    kind = LoadKind.INITIAL if run is RunKind.INITIAL else LoadKind.AGAIN
    load_now(kind=kind, by=staff_by("files-out"), run=run)


def _attempt(act: Callable[[], Any]) -> set[str]:
    """Run an act, and return the codes it lacked; any other failure ends the command."""

    def lacking() -> set[str]:
        try:
            act()
        except CodesUnfilled as refused:
            return set(refused.missing)
        return set()

    lacked: set[str] = reaching(lacking)
    return lacked
