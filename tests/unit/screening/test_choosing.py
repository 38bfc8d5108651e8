"""Which of a sender's layouts a file is read by."""

from pathlib import Path

import pytest

from tasuki.demo.generator.source_files import PROGRAMMES, load_layout, mapping_file
from tasuki.screening.choosing import mapping_for
from tasuki.screening.mapping import load_mapping

MAPPINGS = [(programme, load_mapping(mapping_file(programme))) for programme in PROGRAMMES]


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_every_layout_finds_its_mapping_among_all_of_them(tmp_path: Path, programme: str) -> None:
    layout = load_layout(programme)
    cells = ["あ" if terms else "1" for terms in layout.terms]
    lines = [layout.line(layout.headers)] if layout.has_header else []
    file = tmp_path / "sent"
    file.write_bytes("\r\n".join([*lines, layout.line(cells), ""]).encode(layout.encoding))
    assert mapping_for(file, MAPPINGS) == programme


def test_a_file_of_no_known_layout_finds_none(tmp_path: Path) -> None:
    file = tmp_path / "sent"
    for content in (b"", b"\xff\xfe\x00", "べつの,みだし\r\n".encode(), b"\x00" * 100):
        file.write_bytes(content)
        assert mapping_for(file, MAPPINGS) is None
