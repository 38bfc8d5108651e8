"""Whether a node can serve: it can when its records can be read and written."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from tasuki.runtime import node


def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the evidence table may be written, 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege('evidence_entry', 'INSERT') AND NOT pg_is_in_recovery()")
            able = bool(cursor.fetchone()[0])
    except DatabaseError:
        able = False
    return JsonResponse({"node": node().name, "kind": node().kind, "able": able}, status=200 if able else 503)
