"""What the portal shows a person of their own results: what may travel, read back from the form in which it travels."""

import datetime as dt
from collections.abc import Sequence

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import parse, record_of, serialise
from tasuki.layouts.types import ScreeningRecord
from tasuki.screening.types import Source, StoredResult
from tasuki.shared.dates import civil_date


def portal_records(results: Sequence[StoredResult], on: dt.date) -> list[ScreeningRecord]:
    """Return a person's own results as the portal shows them, the newest first.

    Each is written as a replica and read back, so that nothing can appear here which the portal could not have. What
    other towns answered is theirs to show, and what somebody only told us is nobody's record.
    """
    layouts = catalogue()
    shown = []
    for result in results:
        if result.source is not Source.OWN or result.withdrawn_at is not None:
            continue
        for data_set in layouts.data_sets_for(result.record.programme, result.record.stage):
            version = layouts.newest_version(data_set.code, on)
            replica = serialise(result.record, layout_version=version, updated_on=civil_date(result.recorded_at))
            shown.append(record_of(parse(replica)))
    return sorted(shown, key=lambda one: (one.fiscal_year, one.examined_date or ""), reverse=True)
