"""Which passwords are too easily guessed or known to be breached: two of Django's validators, beside its own.

zxcvbn says how many guesses a password takes, knowing common ones, names, words, keyboard walks, repeats, sequences,
dates and leet spellings; it is told the words of this field and whoever's password it is. A town may bring a list of
breached passwords as SHA-1 hashes in order, whole or by prefix, which is looked up on disk and never loaded.
"""

import os
import tomllib
from functools import lru_cache
from hashlib import sha1
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from zxcvbn import zxcvbn

#: zxcvbn looks at no more: its work grows with the square of the length.
_LOOKED_AT: Final = 72
_PREFIX: Final = 5
_WHY: Final[dict[str, Promise]] = {
    "dictionary": gettext_lazy("よく使われる言葉や名前、役所や検診の言葉、あなたのIDや所属が入っています"),
    "spatial": gettext_lazy("キーボードの並びのとおりです"),
    "repeat": gettext_lazy("同じ文字や言葉の繰返しです"),
    "sequence": gettext_lazy("abcや123のような、順に並んだ文字です"),
    "date": gettext_lazy("日付や年が入っています"),
}
_OTHERWISE: Final = gettext_lazy("短すぎるか、単純すぎます")


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return tomllib.loads(files("tasuki.accounts").joinpath("data/password_words.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def field_words() -> tuple[str, ...]:
    """Return the words that passwords of this field are made of."""
    content = _content()
    return tuple(dict.fromkeys(word for name in ("field", "office", "calendar", "filler") for word in content[name]))


class GuessableValidator:
    """Refuses what takes too few guesses, and says what makes it easy."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password that is guessed easily.

        :raises ValidationError: with why, and what to do instead.
        """
        found = zxcvbn(password[:_LOOKED_AT], user_inputs=[*_about(user), *field_words()])
        if float(found["guesses_log10"]) >= _content()["guesses"]["least_power"]:
            return
        patterns = [match["pattern"] for match in found["sequence"]]
        why = next((str(text) for name, text in _WHY.items() if name in patterns), str(_OTHERWISE))
        text = _(
            "推測されやすいパスワードです(%(why)s)。つながりのない言葉を四つ以上並べると、覚えやすく推測されにくくなります。"
        )
        raise ValidationError(text % {"why": why}, code="guessable")

    def get_help_text(self) -> str:
        """Say what is asked of a password."""
        return _("よく使われる言葉、キーボードの並び、繰返し、日付、自分や区の名前だけでできたものは使えません。")


def _about(user: Any) -> list[str]:
    """Return what somebody would try who knows whose password it is."""
    town = settings.NODE.town
    own = [str(getattr(user, name, "") or "") for name in ("username", "display_name", "department", "employee_number")]
    named = [] if town is None else [town.name, town.name_en]
    parts = [part for text in (*own, *named) for part in (text, *text.replace("-", " ").replace(".", " ").split())]
    return [part.lower() for part in parts if len(part) > 1]


class BreachedValidator:
    """Refuses what stands in the town's own list of breached passwords, where it has one."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password whose hash is in the list; also any, when the list cannot be read.

        :raises ValidationError: with what to do.
        """
        del user
        place = settings.NODE.screens.breached_passwords
        if not place:
            return
        # The public lists are lists of SHA-1; nothing is protected by it here.
        digest = sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            is_listed = is_breached(Path(place), digest)
        except OSError as error:
            text = _("漏えいしたパスワードの一覧を読めないため、確かめられません。システム管理者に知らせてください。")
            raise ValidationError(text, code="unreadable") from error
        if is_listed:
            text = _("ほかで漏えいしたことのあるパスワードです。どこでも使っていない、別のものにしてください。")
            raise ValidationError(text, code="breached")

    def get_help_text(self) -> str:
        """Say what is asked of a password."""
        return _("ほかで漏えいしたことのあるものは使えません。")


def is_breached(place: Path, digest: str) -> bool:
    """Say whether a hash is in a list: one file of whole hashes in order, or a folder with a file for each prefix.

    :param digest: in capitals.
    """
    if place.is_dir():
        named = [place / f"{digest[:_PREFIX]}{suffix}" for suffix in ("", ".txt")]
        part = next((one for one in named if one.is_file()), None)
        if part is None:
            # A whole list has a file for every prefix: one that lacks it says nothing about this password.
            raise FileNotFoundError(named[-1])
        place, digest = part, digest[_PREFIX:]
    with place.open("rb") as opened:
        return _is_in(opened, digest.encode())


def _is_in(lines: BinaryIO, wanted: bytes) -> bool:
    """Look for a line that begins with what is wanted, in a file in order, by halving it."""
    low, high = 0, lines.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        lines.seek(middle)
        if middle:
            # Somewhere within a line: the next whole one decides.
            lines.readline()
        line = lines.readline()
        if line and line[: len(wanted)].upper() < wanted:
            low = middle + 1
        else:
            high = middle
    lines.seek(low)
    if low:
        lines.readline()
    return any(line[: len(wanted)].upper() == wanted for line in (lines.readline(), _first(lines)))


def _first(lines: BinaryIO) -> bytes:
    lines.seek(0)
    return lines.readline()
