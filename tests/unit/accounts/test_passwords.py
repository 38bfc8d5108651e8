"""Which passwords are refused, and looking one up in a list of breached ones on disk."""

from hashlib import sha1
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tasuki.accounts.passwords import BreachedValidator, GuessableValidator, is_breached

CLERK = SimpleNamespace(
    username="t.kaneko", display_name="架空 花子", department="健康づくり課", employee_number="8812345"
)


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiop12",
        "1qaz2wsx3edc",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "password1234",
        "kenkokenkokenko",
        "harunatsu2026",
        "tasuki2026haru",
        "T4suk1-kensh1n",
        "Kenshin2026!!",
        "hokenjo2026",
        "shinjuku202604",
        "reiwa2026reiwa",
        "t.kaneko8812345",
        "健康づくり課健康づくり課",
        "yakusho12345678",
    ],
)
def test_what_a_stranger_would_try_first_is_refused_with_a_way_on(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        GuessableValidator().validate(password, CLERK)
    assert "つながりのない言葉を四つ以上" in refused.value.messages[0]


@pytest.mark.parametrize(
    "password",
    [
        "a long enough sentence",
        "correct horse battery staple",
        "Xq7!vbN2kLp9zR",
        "夜明けの港でひつじが眠る",
        "kame hashi mikan totte ookii",
        "夜明けの港でひつじが眠る x7Gq " * 4,
    ],
)
def test_what_takes_many_guesses_is_let_through(password: str) -> None:
    GuessableValidator().validate(password, CLERK)


def digest_of(password: str) -> str:
    return sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


@given(
    listed=st.lists(st.text(max_size=8), max_size=40, unique=True),
    asked=st.text(max_size=8),
    counts=st.integers(1, 10**7),
)
def test_a_password_is_found_in_a_file_exactly_when_its_hash_stands_there(
    tmp_path_factory: pytest.TempPathFactory, listed: list[str], asked: str, counts: int
) -> None:
    file = tmp_path_factory.mktemp("breached") / "hashes.txt"
    file.write_text("".join(f"{one}:{counts}\r\n" for one in sorted(map(digest_of, listed))), "ascii")
    assert all(is_breached(file, digest_of(one)) for one in listed)
    assert is_breached(file, digest_of(asked)) is (asked in listed)


def test_a_folder_by_prefix_is_read_too_and_one_that_lacks_the_prefix_says_nothing(tmp_path: Path) -> None:
    digest = digest_of("夜明けの港")
    (tmp_path / f"{digest[:5]}.txt").write_text(f"{'0' * 35}:1\n{digest[5:]}:7\n", "ascii")
    assert is_breached(tmp_path, digest)
    assert not is_breached(tmp_path, digest[:5] + "F" * 35)
    with pytest.raises(FileNotFoundError):
        is_breached(tmp_path, "0" * 40)


def test_the_towns_list_is_asked_and_when_it_cannot_be_read_no_password_is_taken(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "hashes.txt"

    def refusal(password: str) -> str:
        with pytest.raises(ValidationError) as refused:
            BreachedValidator().validate(password)
        return str(refused.value.messages[0])

    BreachedValidator().validate("夜明けの港でひつじ")
    screens = settings.NODE.screens.model_copy(update={"breached_passwords": str(file)})
    settings.NODE = settings.NODE.model_copy(update={"screens": screens})
    assert "一覧を読めない" in refusal("夜明けの港でひつじ")
    file.write_text(f"{digest_of('夜明けの港でひつじ')}:3\n", "ascii")
    assert "ほかで漏えいした" in refusal("夜明けの港でひつじ")
    BreachedValidator().validate("夜明けの港でやぎ")
