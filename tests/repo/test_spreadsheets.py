"""Every file for spreadsheets is written by the one function that lets no cell be a formula."""

from tests.repo.source import SOURCE, modules, name_of

#: Writes result files as senders do, for imports to read: damage and formulas included.
SENDERS = "demo.generator"


def test_nothing_writes_csv_by_itself() -> None:
    writers = {
        name_of(path)
        for path in modules()
        if "csv.writer(" in path.read_text("utf-8") or "csv.DictWriter(" in path.read_text("utf-8")
    }
    assert {name for name in writers if not name.startswith(SENDERS)} == {"shared.spreadsheets"}
    assert (SOURCE / "shared" / "spreadsheets.py").exists()
