"""The demonstration's daily list of protected persons (支援措置名簿), with periods that fit the day it is taken in.

The fictitious towns are made for a fixed day, so that they are the same each time. What the register says of measures
is over a year later; the list, which holds beside it, moves them along.
"""

import csv
import datetime as dt
from pathlib import Path
from typing import Final

from tasuki.linkage.register import HEADERS as REGISTER_HEADERS
from tasuki.screening.protection import HEADERS
from tasuki.shared.spreadsheets import csv_text

_STATED: Final = ("system_person_number", "protected_from", "protected_to")


def write_list(register: Path, target: Path, *, made_for: dt.date, on: dt.date) -> int:
    """Write the list of a day from the measures in a register that was made for another day; give how many people."""
    later = on - made_for
    with register.open(encoding="utf-8", newline="") as file:
        stated = ([row[REGISTER_HEADERS[name]] for name in _STATED] for row in csv.DictReader(file))
        listed = [(number, _moved(start, later), _moved(end, later)) for number, start, end in stated if start]
    target.write_bytes(csv_text([[HEADERS[name] for name in _STATED], *listed]).encode())
    return len(listed)


def _moved(day: str, later: dt.timedelta) -> str:
    return (dt.date.fromisoformat(day) + later).isoformat() if day else ""
