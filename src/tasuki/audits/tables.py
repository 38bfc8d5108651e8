"""Names of the tables of incidents that only ever grow."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("audits_incident_step",)
