"""Whether a node can serve: its evidence can be written, its keys are there, its worker is at work."""

from django.http import HttpRequest, JsonResponse

from tasuki.api.findings import findings
from tasuki.nodes.types import NodeKind
from tasuki.runtime import node, now


def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the node can serve, 503 otherwise, naming what fails."""
    found = findings()
    failed = [name for name, finding in found.items() if not finding.is_able]
    said: dict[str, object] = {"node": node().name, "kind": node().kind, "able": not failed, "failed": failed}
    for finding in found.values():
        said |= finding.facts
    if not failed and node().kind == NodeKind.TOWN:
        said["link"] = _link()
    return JsonResponse(said, status=503 if failed else 200)


def _link() -> dict[str, object]:
    """Say how far behind the gateway is; a town serves its own people however its link stands."""
    # A gateway or network has no town's tables, and must not need them.
    from tasuki.linkage.queries import link_state

    state = link_state(now())
    return {
        "mood": state.mood,
        "lag_seconds": round(state.lag.total_seconds()),
        "waiting": sum(state.waiting.values()),
        "failed_phase": state.failed_phase if state.is_failing else "",
    }
