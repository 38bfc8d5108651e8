"""Names of the tables of accesses that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("watching_access", "watching_rule_setting")
