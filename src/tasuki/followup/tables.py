"""Names of the tables of the follow-up that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("followup_act", "followup_closing")
