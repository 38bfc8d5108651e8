"""Whatever arrives: no crash, nothing half imported, and every row that stays out is explained."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.nodes.sql import rows
from tasuki.screening import import_queries, queries
from tasuki.screening.mapping import ImportMapping, read_mapping
from tasuki.screening.operations.imports import FileToImport, commit_import, preview_import
from tasuki.screening.types import AlreadyImported, Batch, OutOfDate, UnreadableFile
from tests.integration.screening.files import HEADER, LUNG, line
from tests.integration.screening.test_import_rows import FIXED
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db

CELLS = st.one_of(
    st.sampled_from(
        [
            *("", NUMBER, "1970/06/14", "S45.6.14", "男", "一次", "2025/07/24", "1E+15", "45000", "8/11/23", "〓"),
            *(
                "=1+1",
                "B",
                '"',
                "\ufeff",
                "不要",
                "０００１",
                "\t",
                "－１",
                "9" * 400,
                "令和99年99月99日",
                "\x1f",
                "𠮷",
            ),
        ]
    ),
    st.text(max_size=12),
)
ENCODINGS = st.sampled_from(["cp932", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "euc_jp"])
FUZZ = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(autouse=True)
def residents() -> None:
    """Register the person most lines are about."""
    register(resident())


def is_whole(content: bytes, folder: Path, mapping: ImportMapping) -> None:
    """Preview and commit what arrived, and hold what came of it against what it says of itself."""
    file = folder / "arrived"
    file.write_bytes(content)
    before = len(queries.results_of(NUMBER))
    outcome = preview_import(file=FileToImport(file, file.name, mapping), by=BY, at=AT)
    match outcome:
        case UnreadableFile(problems):
            assert all(one.message_ja and one.message_en and one.remedy_ja for one in problems)
            assert problems
            assert len(queries.results_of(NUMBER)) == before
        case Batch():
            assert outcome.good_rows + outcome.bad_rows == outcome.total_rows
            total, found = import_queries.problem_rows(outcome.batch_id, limit=10_000)
            assert total == outcome.bad_rows + outcome.warned_rows
            assert all(one.problems for one in found)
            assert all(problem.message_ja and problem.remedy_ja for one in found for problem in one.problems)
            done = commit_import(batch_id=outcome.batch_id, by=BY, at=AT, accepts_warnings=True)
            assert isinstance(done, Batch | OutOfDate | AlreadyImported)
            stored = len(queries.results_of(NUMBER)) - before
            assert stored == (done.stored_rows if isinstance(done, Batch) else 0)
            assert isinstance(done, OutOfDate) or rows("SELECT FROM screening_import_row") == []


@FUZZ
@given(changed=st.lists(st.dictionaries(st.sampled_from(HEADER), CELLS, max_size=4), max_size=6), encoding=ENCODINGS)
def test_any_cells(tmp_path: Path, changed: list[dict[str, str]], encoding: str) -> None:
    text = "\r\n".join([",".join(HEADER), *(line(**cells) for cells in changed), ""])
    is_whole(text.encode(encoding, errors="replace"), tmp_path, LUNG)


@FUZZ
@given(content=st.binary(max_size=400), with_header=st.booleans())
def test_any_bytes(tmp_path: Path, content: bytes, with_header: bool) -> None:
    head = (",".join(HEADER) + "\r\n").encode("cp932") if with_header else b""
    is_whole(head + content, tmp_path, LUNG)


@FUZZ
@given(
    content=st.lists(st.one_of(st.text(max_size=70), st.just(f"{NUMBER}{'':<16}1970061412025072420251{'':<10}"))),
    encoding=ENCODINGS,
)
def test_any_lines_of_fixed_length(tmp_path: Path, content: list[str], encoding: str) -> None:
    is_whole("\r\n".join(content).encode(encoding, errors="replace"), tmp_path, read_mapping(FIXED, "test"))


@FUZZ
@given(places=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=5), cut=st.integers(0, 900))
def test_any_damage_on_the_way(tmp_path: Path, places: list[tuple[int, int]], cut: int) -> None:
    text = "\r\n".join([",".join(HEADER), line(), line(連番="2"), line(連番="3", その他所見='"所見\r\nあり"'), ""])
    content = bytearray(text.encode("cp932"))
    for place, byte in places:
        content[place % len(content)] = byte
    is_whole(bytes(content[: len(content) - cut % len(content)]), tmp_path, LUNG)
