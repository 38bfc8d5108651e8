"""Reads a list of districts and their places from a CSV file, line by line."""

import csv
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import UUID

from tasuki.screening.types.districts import DistrictStated

HEADER: Final = ("名称", "英語の名称", "住所の始まり")


def read_district_file(
    lines: Iterable[str], known: Mapping[str, UUID], new_id: Callable[[], UUID]
) -> list[DistrictStated] | int:
    """Read a list whole, or return the line that cannot be read; line 1 is the header.

    :param known: the districts there are, by name: the file states these anew.
    """
    reader = csv.reader(lines)
    if tuple(next(reader, ())) != HEADER:
        return 1
    names: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    for row in reader:
        if len(row) != len(HEADER) or not all(cell.strip() for cell in row):
            return reader.line_num
        name, name_en, place = (cell.strip() for cell in row)
        names[name] = name_en
        places.setdefault(name, []).append(place)
    return [
        DistrictStated(known.get(name) or new_id(), name, name_en, tuple(places[name]))
        for name, name_en in names.items()
    ]
