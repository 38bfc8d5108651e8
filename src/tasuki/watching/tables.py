"""Names of the tables of accesses that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("watching_access",)
