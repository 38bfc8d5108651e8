"""Names of the tables of the change over that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("cutover_difference", "cutover_word")
