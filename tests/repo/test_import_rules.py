"""Nobody imports past the rules: whoever checks rows of a file hands in what the programmes' own rules say."""

import ast

from tests.repo.source import SOURCE

#: Operations that check rows; without `objecting` they know nothing of ages, sexes and intervals.
CHECKING = {
    "preview_import", "import_at_once", "preview_files", "preview_documents", "mend_row", "match_row", "match_rows",
    "commit_import",
}  # fmt: skip


def test_whoever_checks_rows_hands_the_rules_in() -> None:
    calls = [
        (f"{file.relative_to(SOURCE)}:{node.lineno}", {keyword.arg for keyword in node.keywords})
        for file in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHECKING
    ]
    assert len(calls) > len(CHECKING)
    assert [place for place, named in calls if "objecting" not in named] == []
