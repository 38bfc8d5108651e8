"""Names of the eligibility tables that only ever grow: the runtime role gets INSERT and SELECT on them, no more."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("eligibility_options",)
