"""Whether a node can serve: it can when its records can be read and written."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from tasuki.nodes.types import NodeKind
from tasuki.runtime import node, now


def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the evidence table may be written, 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege('evidence_entry', 'INSERT') AND NOT pg_is_in_recovery()")
            able = bool(cursor.fetchone()[0])
    except DatabaseError:
        able = False
    said: dict[str, object] = {"node": node().name, "kind": node().kind, "able": able}
    if able and node().kind == NodeKind.TOWN:
        said["link"] = _link()
    return JsonResponse(said, status=200 if able else 503)


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
