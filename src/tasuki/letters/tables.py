"""Names of the tables of letters that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("letters_wording", "letters_sender", "letters_letter")
