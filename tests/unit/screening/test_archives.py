"""ZIP files from outside: what is sound is unpacked, and everything else is explained, whatever it is."""

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.screening.reading import Member, UnreadableSource, is_archive, unpack
from tasuki.screening.reading.archives import HARMLESS_SIZE, MOST_MEMBERS


def packed(folder: Path, write: Callable[[zipfile.ZipFile], object]) -> Path:
    file = folder / "sent.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        write(archive)
    return file


def unpacked(file: Path) -> list[Member]:
    folder = file.parent / "unpacked"
    folder.mkdir()
    return unpack(file, folder)


def refused(file: Path) -> str:
    with pytest.raises(UnreadableSource) as raised:
        unpacked(file)
    assert raised.value.problem.message_ja
    assert raised.value.problem.remedy_ja
    return raised.value.problem.rule


def test_files_are_unpacked_under_names_of_ours_and_called_by_theirs(tmp_path: Path) -> None:
    def write(archive: zipfile.ZipFile) -> None:
        archive.writestr("folder/", b"")
        archive.writestr("folder/51.csv", b"a,b\n")
        archive.writestr("__MACOSX/51.csv", b"rubbish")
        archive.writestr("abcd.csv", b"a,b\n")

    file = packed(tmp_path, write)
    # Windows writes names in CP932 without saying so.
    file.write_bytes(file.read_bytes().replace(b"abcd.csv", "結果.csv".encode("cp932")))
    assert is_archive(file)
    members = unpacked(file)
    assert [member.name for member in members] == ["51.csv", "結果.csv"]
    assert [member.path.name for member in members] == ["member-0", "member-1"]
    assert members[0].path.read_bytes() == b"a,b\n"


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/passwd", "a/../../b.csv", "C:\\evil.csv", "..\\evil.csv"])
def test_a_name_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    assert refused(packed(tmp_path, lambda archive: archive.writestr(name, b"x"))) == "archive_path"


def test_a_link_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(packed(tmp_path, lambda archive: archive.writestr(info, b"/etc/passwd"))) == "archive_path"


def test_an_archive_within_is_refused_by_name_and_by_content(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", b"x")
    assert refused(packed(tmp_path, lambda archive: archive.writestr("a.lzh", b"x"))) == "archive_nested"
    (tmp_path / "unpacked").rmdir()
    assert refused(packed(tmp_path, lambda archive: archive.writestr("a.csv", inner.getvalue()))) == "archive_nested"


def test_a_bomb_is_refused_before_it_has_grown(tmp_path: Path) -> None:
    file = packed(tmp_path, lambda archive: archive.writestr("zeros.csv", b"0" * (HARMLESS_SIZE * 8)))
    assert refused(file) == "archive_too_large"
    assert sum(one.stat().st_size for one in (tmp_path / "unpacked").iterdir()) <= HARMLESS_SIZE * 2


def test_too_many_files_an_empty_archive_and_a_password_are_explained(tmp_path: Path) -> None:
    def many(archive: zipfile.ZipFile) -> None:
        for number in range(MOST_MEMBERS + 1):
            archive.writestr(f"{number}.csv", b"x")

    assert refused(packed(tmp_path, many)) == "archive_too_many"
    (tmp_path / "unpacked").rmdir()
    assert refused(packed(tmp_path, lambda archive: archive.comment)) == "archive_empty"
    (tmp_path / "unpacked").rmdir()
    file = packed(tmp_path, lambda archive: archive.writestr("a.csv", b"x"))
    content = bytearray(file.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    file.write_bytes(bytes(content))
    assert refused(file) == "archive_encrypted"


def sound() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("51.csv", b"a,b\r\n" * 200)
        archive.writestr("52.csv", "宛名番号,性別\r\n".encode("cp932") * 50)
    return content.getvalue()


SOUND = sound()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_archive_is_unpacked_or_explained_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))
    folder = tmp_path_factory.mktemp("zip")
    file = folder / "damaged.zip"
    file.write_bytes(bytes(content[:cut]))
    try:
        found: list[Member] | str = unpacked(file)
    except UnreadableSource as unreadable:
        found = unreadable.problem.rule
    if isinstance(found, str):
        assert found.startswith("archive_")
    else:
        assert found
        assert all(member.path.parent == folder / "unpacked" for member in found)
