"""Names of the tables of check sheets that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("changes_sheet", "changes_line", "changes_signature")
