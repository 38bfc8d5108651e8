"""Sheets of a single replica, worded by the names of what they say."""

from datetime import date
from typing import Any

from tasuki.protocol.replica_messages import ReplicaSheet, WrittenSheet

_ROW = ("unified_person_number", "record_key", "revision", "ordinal", "taken", "payload")


def sheet(**said: Any) -> WrittenSheet:
    """Return a sheet with one replica, as a town words it; `said` names what a sheet and its rows say."""
    values = {"record_key": "2025-01", "revision": 1, "ordinal": 1, "taken": True, "payload": "<x/>"} | said
    row = tuple(values.pop(name) for name in _ROW)
    common = {"layout_version": "1", "published_from": date(2025, 6, 1)} | values
    return WrittenSheet(**common, replicas=[row])


def received(*sheets: WrittenSheet) -> list[ReplicaSheet]:
    """Return sheets as a gateway reads them."""
    return [ReplicaSheet.model_validate_json(one.model_dump_json()) for one in sheets]


def received_sheet(**said: Any) -> ReplicaSheet:
    """Return what `sheet` words, as a gateway reads it."""
    [one] = received(sheet(**said))
    return one
