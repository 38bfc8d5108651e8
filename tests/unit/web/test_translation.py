"""English is complete: whatever a screen says in Japanese has its English, in the file that is compiled."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

import tasuki.console
import tasuki.portal
import tasuki.web

WEB, CONSOLE, PORTAL = (Path(part.__file__).parent for part in (tasuki.web, tasuki.console, tasuki.portal))
CATALOGUES = sorted((WEB / "locale").glob("*/en/LC_MESSAGES"))
PAIR = re.compile(r'^msgid (".+")\n(?:msgid_plural ".+"\n)?msgstr(?:\[0\])? (".*")$', re.MULTILINE)
JAPANESE = re.compile("[぀-ヿ一-鿿]")
FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext"}
# Examples of what to type stay as one types them.
EXAMPLES = ("例:", "日付として")


def messages_of(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def messages_of_template(source: str) -> Iterator[str]:
    for quoted in re.findall(r"""gettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")[,)]""", templatize(source)):
        yield ast.literal_eval(quoted)


def used() -> set[str]:
    found = set()
    for file in [*WEB.rglob("*.py"), *CONSOLE.rglob("*.py"), *PORTAL.rglob("*.py")]:
        found |= set(messages_of(file.read_text(encoding="utf-8")))
    for file in WEB.rglob("*.html"):
        found |= set(messages_of_template(file.read_text(encoding="utf-8")))
    return found


def read(folder: Path, otherwise: gettext.NullTranslations | None = None) -> gettext.GNUTranslations:
    with (folder / "django.mo").open("rb") as file:
        found = gettext.GNUTranslations(file)
    if otherwise is not None:
        found.add_fallback(otherwise)
    return found


def written_in(folder: Path) -> list[tuple[str, str]]:
    pairs = PAIR.findall((folder / "django.po").read_text(encoding="utf-8"))
    return [(ast.literal_eval(message), ast.literal_eval(english)) for message, english in pairs]


@pytest.fixture(scope="module")
def compiled() -> gettext.NullTranslations:
    every = gettext.NullTranslations()
    for folder in reversed(CATALOGUES):
        every = read(folder, every)
    return every


def test_every_message_of_the_screens_has_its_english(compiled: gettext.NullTranslations) -> None:
    messages = used()
    assert len(messages) > 300
    assert {message for message in messages if JAPANESE.search(message) and not has_english(compiled, message)} == set()


def english_of(compiled: gettext.NullTranslations, message: str) -> str:
    english = compiled.gettext(message)
    # Messages with a plural are kept under another key.
    return compiled.ngettext(message, message, 1) if english == message else english


def has_english(compiled: gettext.NullTranslations, message: str) -> bool:
    english = english_of(compiled, message)
    return english != message and (message.startswith(EXAMPLES) or not JAPANESE.search(english))


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.parents[1].name)
def test_what_is_compiled_is_what_is_written(folder: Path) -> None:
    compiled = read(folder)
    written = written_in(folder)
    assert written
    for message, english in written:
        assert english_of(compiled, message) == english


def test_a_message_has_one_english() -> None:
    found: dict[str, str] = {}
    for folder in CATALOGUES:
        for message, english in written_in(folder):
            assert found.setdefault(message, english) == english, message


def test_no_japanese_stands_in_a_template_outside_the_catalogue() -> None:
    allowed = re.compile(r"番号法\d+条(の\d+)?(第?\d+[号項])?|健康増進法19条の4|日本語|・")
    for file in WEB.rglob("*.html"):
        if file.name == "gallery.html":
            continue
        source = file.read_text(encoding="utf-8")
        source = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}", "", source, flags=re.DOTALL)
        source = re.sub(r"{%.*?%}|join:\"、\"", "", source, flags=re.DOTALL)
        assert not JAPANESE.search(allowed.sub("", source)), file.name
