"""Writing files of inquiries (照会ファイル): the lines that `inquiry_files` reads."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from tasuki.linkage.gateway_client.official_codes import OfficialCodes
from tasuki.linkage.inquiry_files import layout
from tasuki.protocol.messages import Inquiry
from tasuki.shared.dates import to_jst

_PERSON_DIGITS: Final = 15


def may_be_written(number: str) -> bool:
    """Say whether a 宛名番号 fits its field: digits only, and no more than it has."""
    return number.isascii() and number.isdigit() and len(number) <= _PERSON_DIGITS


def inquiry_lines(inquiry: Inquiry, own_number: str, codes: OfficialCodes) -> list[str]:
    """Return the lines that ask what an inquiry wants: one for each of its data sets, in their order."""
    return [_line(_values(inquiry, data_set, own_number, codes)) for data_set in inquiry.data_sets]


def _values(inquiry: Inquiry, data_set: str, own_number: str, codes: OfficialCodes) -> dict[str, str]:
    return {
        "number_system": codes.inquiry("number_system"),
        "person": own_number.zfill(_PERSON_DIGITS),
        "unified_person": inquiry.unified_person_number,
        "requested_at": _time(inquiry.requested_at),
        "department": codes.inquiry("department"),
        "user": codes.inquiry("user"),
        "inquirer": inquiry.institution,
        "non_disclosure": "1" if inquiry.non_disclosure else "0",
        "affair": codes.inquiry("affair"),
        "procedure": codes.procedure(inquiry.procedure),
        "provider": inquiry.provider,
        "data_set": data_set,
    }


def _line(values: Mapping[str, str]) -> str:
    """Put values in the order of the layout; fields that are not among them are empty."""
    cells = [(name, form, values.get(name, "")) for name, _, form in layout().fields]
    for name, form, value in cells:
        if not form.fullmatch(value):
            raise ValueError(f"the field {name} of an inquiry file cannot hold its value")
    return ",".join(value for _, _, value in cells)


def _time(at: dt.datetime) -> str:
    local = to_jst(at)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03}"


def inquiry_file(lines: Sequence[str]) -> bytes:
    """Return the bytes of a file: single bytes, CRLF, no header."""
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")
