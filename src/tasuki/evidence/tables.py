"""Names of the evidence tables, by what the application's role may do to them.

The roles are granted elsewhere from these lists; the triggers of the first migration hold the same line against
roles that were granted too much.
"""

# INSERT and SELECT only.
APPEND_ONLY_TABLES: tuple[str, ...] = (
    "evidence_entry",
    "evidence_leaf",
    "evidence_checkpoint",
    "evidence_witnessed",
    "evidence_succession",
)

# INSERT, SELECT and UPDATE: a tile is filled from the left and its written hashes never change.
GROW_ONLY_TABLES: tuple[str, ...] = ("evidence_tile",)
