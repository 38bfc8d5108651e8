"""The comparison key of a Japanese resident: what a record says, folded, split, ready to be compared by equality."""

import re
from functools import lru_cache

from tasuki.matching.types import Columns, PersonRecord
from tasuki.shared.names import fold_address, fold_digits, fold_kana, fold_name

COLUMNS = (
    "name", "name_folded", "family", "family_folded", "given", "given_folded",
    "kana", "kana_code", "family_kana", "given_kana", "family_code", "given_code",
    "birth", "year", "month", "day", "sex",
    "address", "address_folded", "lot", "area", "postal", "number", "household",
)  # fmt: skip
"""The columns of a comparison key, in this order; `data/japan.toml` names the same."""

_SPACES = re.compile(r"\s+")
# Town and up to three numbers: a fourth is a room, whether a building is named before it or not.
_LOT = re.compile(r"\D+\d+(?:-\d+){0,2}")
_AREA = re.compile(r"\D+")
_NOT_DIGITS = re.compile(r"\D+")

# One ASCII letter for each katakana that folding leaves, so that bytes and characters count edits alike. Capital Latin
# letters stand for themselves in foreign names; anything else becomes "?", which only edit distances ever see.
_KATAKANA = (
    "アイウエオカガキギクグケゲコゴサザシジスズセゼソゾタダチツテデトドナニヌネノ"
    "ハバパヒビピフブプヘベペホボポマミムメモヤユヨラリルレロワン"
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>@[]^_{|}~`\t\n\v\f\r"
_CODE = dict(zip(map(ord, _KATAKANA), _LETTERS[: len(_KATAKANA)], strict=True))


def columns_of(record: PersonRecord) -> Columns:
    """Return the comparison key of a record, in the order of `COLUMNS`."""
    family, given = _split(record.name)
    family_kana, given_kana = map(_folded_kana, _split(record.kana))
    kana = _folded_kana(record.kana)
    born = record.birth_date
    address = _folded_address(record.address) if record.address else None
    return (
        _bare(record.name),
        _folded_name(_bare(record.name)),
        family,
        _folded_name(family),
        given,
        _folded_name(given),
        kana,
        _code(kana),
        family_kana,
        given_kana,
        _code(family_kana),
        _code(given_kana),
        born.iso.replace("-", "") if born is not None and born.day is not None else None,
        f"{born.year:04d}" if born is not None else None,
        f"{born.month:02d}" if born is not None and born.month is not None else None,
        f"{born.day:02d}" if born is not None and born.day is not None else None,
        record.sex or None,
        _bare(record.address),
        *(address or (None, None, None)),
        _NOT_DIGITS.sub("", fold_digits(record.postal_code)) or None if record.postal_code else None,
        record.number_hash.hex() if record.number_hash else None,
        record.household_number or None,
    )


def _bare(text: str | None) -> str | None:
    """Leave out the spaces, and nothing else: what is equal now was written with the same characters."""
    return _SPACES.sub("", text) or None if text else None


def _split(name: str | None) -> tuple[str | None, str | None]:
    """Split a name at its first space; without one nobody knows where the given name begins."""
    family, *given = name.split(maxsplit=1) if name else [None]
    return (family, _bare(given[0])) if given else (None, None)


# Names repeat: in a town's records most parts of names have been folded before.
@lru_cache(maxsize=65_536)
def _folded_name(text: str | None) -> str | None:
    return fold_name(text) or None if text else None


@lru_cache(maxsize=65_536)
def _folded_kana(text: str | None) -> str | None:
    return fold_kana(text) or None if text else None


@lru_cache(maxsize=65_536)
def _code(kana: str | None) -> str | None:
    if kana is None:
        return None
    return "".join(_CODE.get(ord(one)) or (one if "A" <= one <= "Z" else "?") for one in kana)


# A household shares its address, and records of one household mostly follow each other.
@lru_cache(maxsize=65_536)
def _folded_address(text: str) -> tuple[str | None, str | None, str | None]:
    """Return an address folded, without building and room, and without any number."""
    folded = fold_address(text)
    lot, area = _LOT.match(folded), _AREA.match(folded)
    return folded or None, lot[0] if lot else None, area[0] if area else None
