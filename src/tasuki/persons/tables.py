"""Names of the index's tables that only ever grow: the runtime role gets INSERT and SELECT on them, no more."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("persons_custody_change",)
