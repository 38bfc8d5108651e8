"""Everything a gateway holds of one institution, row by row, as it travels to another gateway."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tasuki.gateway.packages import Content, Digests, Line
from tasuki.gateway.payloads import PayloadCipher, place_of
from tasuki.nodes.sql import Row, copy_rows, rows, run

#: Rows read, encrypted and written at once.
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table that moves: its key after the institution, its other columns, and the one whose content is encrypted.

    The key of encryption is the gateway's own, so content travels opened, inside the sealed package.
    """

    name: str
    key: tuple[str, ...]
    others: tuple[str, ...]
    content: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.others


TABLES: Final = (
    Table("gateway_person", ("unified_person_number",), ("linkage_code", "hold", "non_disclosure", "bound_at")),
    Table("gateway_acquisition", ("acquisition_number",), ("unified_person_number", "opened_at")),
    Table(
        "gateway_replica",
        ("unified_person_number", "data_set", "record_key", "layout_version"),
        (
            *("revision", "ordinal", "taken", "published_from", "published_to", "payload", "registered_at"),
            "removed_at",
        ),
        content="payload",
    ),
    Table(
        "gateway_inquiry",
        ("transaction_number",),
        (
            *("unified_person_number", "linkage_code", "provider", "provider_gateway", "data_sets"),
            *("refused_data_sets", "layouts", "procedure", "department", "non_disclosure", "requested_at"),
            *("valid_for_seconds", "state", "state_at", "permitted_at", "valid_until", "provided_at", "basis"),
            *("reason", "attempts", "next_attempt_at", "answer", "read_at"),
        ),
        content="answer",
    ),
    Table("gateway_receipt_due", ("transaction_number",), ()),
    Table(
        "gateway_provision",
        ("transaction_number",),
        (
            *("inquirer", "linkage_code", "unified_person_number", "data_sets", "procedure", "department"),
            *("non_disclosure", "basis", "requested_at", "permitted_at", "valid_until", "notified_at", "state"),
            *("provided_at", "answer_sha256", "given", "outcome", "received_at"),
        ),
    ),
    Table(
        "gateway_correction",
        ("transaction_number", "data_set", "ordinal"),
        ("direction", "other", "kind", "corrected_at", "noted_at", "passed_at"),
    ),
    Table(
        "gateway_record_correction",
        ("correction",),
        (
            *("transaction_number", "direction", "other", "field", "former", "value", "ground", "is_own"),
            *("decided_at", "noted_at", "passed_at"),
        ),
    ),
)
_BY_NAME: Final = {table.name: table for table in TABLES}
#: What a gateway still needs of an institution that has left: its exchange records (番号法23条), without content.
_RECORDS: Final = ("gateway_inquiry", "gateway_provision", "gateway_correction", "gateway_record_correction")


def given(institution: str, cipher: PayloadCipher) -> Iterator[tuple[str, list[Line]]]:
    """Return all rows of an institution, table by table in parts; each table comes, be it empty.

    :raises PayloadDamaged: when content cannot be opened; its town is to register it anew first.
    """
    for table in TABLES:
        for found in _parts(table, institution):
            yield table.name, [_line(table, institution, row, cipher) for row in found]


def _parts(table: Table, institution: str) -> Iterator[Sequence[Row]]:
    """Go through a table by its key. Nobody writes of an institution that is closed, so the parts are of one whole."""
    key = ", ".join(table.key)
    marks = ", ".join(["%s"] * len(table.key))
    first = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE institution = %s"  # noqa: S608 — names of ours
    order = f" ORDER BY {key} LIMIT {_AT_ONCE}"
    found = rows(first + order, [institution])
    yield found
    while len(found) == _AT_ONCE:
        last = [found[-1][name] for name in table.key]
        found = rows(f"{first} AND ({key}) > ({marks}){order}", [institution, *last])
        if found:
            yield found


def _line(table: Table, institution: str, row: Row, cipher: PayloadCipher) -> Line:
    if table.content and row[table.content]:
        opened = cipher.decrypt(institution, _place(table, institution, row), bytes(row[table.content]))
        row[table.content] = base64.b64encode(opened).decode()
    elif table.content:
        # A replica that was taken back has no content, an answer that was read has none any more.
        row[table.content] = None if row[table.content] is None else ""
    return [row[name] for name in table.columns]


def _place(table: Table, institution: str, row: Row) -> str:
    if table.name == "gateway_replica":
        names = ("unified_person_number", "data_set", "record_key", "layout_version")
        return place_of(institution, *(str(row[name]) for name in names))
    return str(row["transaction_number"])


def digests(institution: str, cipher: PayloadCipher) -> dict[str, Content]:
    """Return how much is held of an institution, with the digest of each table: the same at both gateways.

    :raises PayloadDamaged: when content cannot be opened.
    """
    counted = Digests()
    for table, lines in given(institution, cipher):
        counted.add(table, lines)
    return counted.content


def store(institution: str, table_name: str, lines: Sequence[Line], cipher: PayloadCipher) -> None:
    """Write rows as they came, their content encrypted under our own key."""
    table = _BY_NAME[table_name]
    copy_rows(
        table.name,
        ("institution", *table.columns),
        ([institution, *_stored(table, institution, line, cipher)] for line in lines),
    )


def _stored(table: Table, institution: str, line: Line, cipher: PayloadCipher) -> Line:
    if not table.content:
        return line
    row = dict(zip(table.columns, line, strict=True))
    content = row[table.content]
    if isinstance(content, str):
        opened = base64.b64decode(content)
        row[table.content] = cipher.encrypt(institution, _place(table, institution, row), opened) if opened else b""
    return list(row.values())


def clear(institution: str) -> None:
    """Delete whatever is held of an institution here."""
    for table in TABLES:
        run(f"DELETE FROM {table.name} WHERE institution = %s", [institution])  # noqa: S608 — names of ours


def keep_records_only(institution: str) -> dict[str, int]:
    """Let go of everything but the exchange records, and return how much went; nothing of them is under way here."""
    gone = {
        table.name: run(f"DELETE FROM {table.name} WHERE institution = %s", [institution])  # noqa: S608 — names of ours
        for table in TABLES
        if table.name not in _RECORDS
    }
    run(
        "UPDATE gateway_inquiry SET answer = NULL, next_attempt_at = NULL WHERE institution = %s"
        " AND (answer IS NOT NULL OR next_attempt_at IS NOT NULL)",
        [institution],
    )
    return gone
