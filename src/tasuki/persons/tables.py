"""Names of the index's tables that only ever grow: the runtime role gets INSERT and SELECT on them, no more."""

APPEND_ONLY_TABLES: tuple[str, ...] = (
    "persons_former_statement",
    "persons_case_event",
    "persons_custody_change",
    "persons_inspection",
    "persons_erasure",
)
