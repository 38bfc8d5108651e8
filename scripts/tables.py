"""Tables in generated documents."""

from collections.abc import Iterable, Sequence


def rows(columns: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    """Return a table with a heading line, ending in a line of its own."""
    lines = [row(columns), row(["---"] * len(columns)), *(row(line) for line in cells)]
    return "\n".join(lines) + "\n"


def row(cells: Iterable[str]) -> str:
    """Return one line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
