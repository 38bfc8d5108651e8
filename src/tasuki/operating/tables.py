"""Names of the tables of operation that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("operating_environment",)
