"""The words of letters: what this release ships, what staff may write, and how values come into them.

What staff write is data to the page, never markup of the typesetter: only `**` and empty lines mean anything.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from tasuki.letters.errors import LettersDataError, WordingError
from tasuki.letters.types import LetterKind, Wording, WordingLanguage, WordingProblem

#: Parts of a wording, in their order, with the most characters each may have: a letter is one page.
PARTS: Final[Mapping[str, int]] = MappingProxyType({"title": 60, "opening": 300, "body": 1200, "notes": 400})
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_LONE_BRACE: Final = re.compile(r"[{}]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that a wording may ask for, and an example of it."""

    name: str
    meaning_ja: str
    meaning_en: str
    example: str

    @property
    def braced(self) -> str:
        """Give the name as it is written in a text."""
        return f"{{{self.name}}}"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a paragraph in one weight."""

    text: str
    is_bold: bool


@cache
def _shipped() -> Mapping[str, object]:
    return tomllib.loads(files("tasuki.letters").joinpath("data/wording.toml").read_text("utf-8"))


@cache
def shipped_wording(kind: LetterKind, language: WordingLanguage) -> Wording:
    """Return the words this release ships.

    :raises LettersDataError: when the file lacks them.
    """
    try:
        entry = _shipped()["letter"][kind.value][language.value]  # type: ignore[index]  # checked by the error below
        return Wording(kind, language, *(entry[part].strip() for part in PARTS))
    except (KeyError, TypeError) as error:
        raise LettersDataError(f"{kind} {language}") from error


@cache
def placeholders_of(kind: LetterKind) -> tuple[Placeholder, ...]:
    """Return what a kind of letter can be told of the person, in the order of the file."""
    data = _shipped()
    names: Sequence[str] = data["letter"][kind.value]["placeholders"]  # type: ignore[index]  # our own file
    listed: Sequence[Mapping[str, str]] = data["placeholder"]  # type: ignore[assignment]  # as above
    known = {one["name"]: one for one in listed}
    return tuple(Placeholder(name, known[name]["ja"], known[name]["en"], known[name]["example"]) for name in names)


def problems_with(wording: Wording) -> list[WordingProblem]:
    """Return everything wrong with words staff wrote; empty when they may be used."""
    problems: list[WordingProblem] = []
    known = {one.name for one in placeholders_of(wording.kind)}
    for part, most in PARTS.items():
        text: str = getattr(wording, part)
        if part in ("title", "body") and not text.strip():
            problems.append(WordingProblem(part, "文を入力してください。", "Write something here."))
        if len(text) > most:
            problems.append(
                WordingProblem(
                    part,
                    f"{most}文字までです(今は{len(text)}文字)。1枚に収まるように短くしてください。",
                    f"At most {most} characters (now {len(text)}), so that the letter fits one page.",
                )
            )
        problems += _problems_with_text(part, text, known)
    return problems


def _problems_with_text(part: str, text: str, known: set[str]) -> list[WordingProblem]:
    problems = [
        WordingProblem(
            part,
            f"{{{name}}} という差し込みはありません。下の一覧にあるものを使ってください。",
            f"There is no value {{{name}}}. Use one of the list below.",
        )
        for name in _PLACEHOLDER.findall(text)
        if name not in known
    ]
    if _LONE_BRACE.search(_PLACEHOLDER.sub("", text)):
        problems.append(WordingProblem(part, "{ と } は組にして使ってください。", "{ and } must come in pairs."))
    if text.count("**") % 2:
        problems.append(WordingProblem(part, "太字の ** が閉じられていません。", "A ** for bold is not closed."))
    if _CONTROLS.search(text):
        problems.append(WordingProblem(part, "使えない文字(制御文字)があります。", "It holds a control character."))
    return problems


def filled(text: str, values: Mapping[str, str]) -> list[list[Run]]:
    """Return a text as paragraphs of runs, its values filled in; a value is never read as markup.

    :raises WordingError: naming the value the letter lacks.
    """
    return [_runs(paragraph.strip(), values) for paragraph in re.split(r"\n\s*\n", text.strip()) if paragraph.strip()]


def _runs(paragraph: str, values: Mapping[str, str]) -> list[Run]:
    pieces = paragraph.replace("\r\n", "\n").split("**")
    return [Run(_with_values(piece, values), place % 2 == 1) for place, piece in enumerate(pieces) if piece]


def _with_values(piece: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        try:
            return values[found[1]]
        except KeyError as error:
            raise WordingError(f"{{{found[1]}}}") from error

    return _PLACEHOLDER.sub(value, piece)


def line(text: str, values: Mapping[str, str]) -> str:
    """Return a text of one line, its values filled in, without markup."""
    return _with_values(" ".join(text.replace("**", "").split("\n")), values)
