"""Names of the tables of reports that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("reporting_snapshot", "reporting_line", "reporting_population")
