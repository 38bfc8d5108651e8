"""Names of the tables of accounts that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("accounts_event",)
