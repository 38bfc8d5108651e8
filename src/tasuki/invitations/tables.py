"""Names of the invitation tables that only ever grow: the runtime role gets INSERT and SELECT on them, no more."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("invitations_run", "invitations_left_out", "invitations_reminder")
