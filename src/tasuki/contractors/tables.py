"""Names of the tables of contractors that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("contractors_pledge", "contractors_training", "contractors_step")
