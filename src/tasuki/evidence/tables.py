"""Names of the tables that may only grow; the runtime role may not update or delete in them."""

APPEND_ONLY_TABLES: tuple[str, ...] = ()
