"""Reads of accounts."""

from tasuki.nodes.sql import rows


def staff_names() -> dict[str, str]:
    """Return what every member of staff is called, by the identifier under which they act."""
    return {str(row["id"]): row["display_name"] for row in rows("SELECT id, display_name FROM accounts_staff")}
