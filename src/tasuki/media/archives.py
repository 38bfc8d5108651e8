"""Archives for what leaves: ZIP under AES-256, with a cover that says whose copy it is."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Final

import pyzipper

from tasuki.media.types import Archive

#: Without letters and digits that are mistaken for each other when somebody reads them out.
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_PASSWORD_GROUPS, _GROUP = 5, 4
COVER_NAME: Final = "持出し記録.txt"
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")
_LONGEST_NAME: Final = 60


def safe_name(name: str) -> str:
    """Return a name that stays in the folder it is unpacked in, whatever it was made of."""
    return _NOT_IN_NAMES.sub("_", name).strip("._")[-_LONGEST_NAME:] or "file"


def new_password(choose: Callable[[str], str]) -> str:
    """Return a fresh password of about 116 bits, in groups that can be read out.

    :param choose: picks one character of a text at random.
    """
    groups = ("".join(choose(_ALPHABET) for _ in range(_GROUP)) for _ in range(_PASSWORD_GROUPS))
    return "-".join(groups)


def make_archive(*, name: str, content: bytes, cover: str, stamp: str, password: str) -> Archive:
    """Return the file and its cover as one archive that 7-Zip opens with the password.

    :param cover: says who asked, who approved, when and what for; CSV and JSON have no place for it.
    :param stamp: who and when, put before the names of the file and of the archive.
    """
    inside = f"{safe_name(stamp)}_{safe_name(name)}"
    written = BytesIO()
    with pyzipper.AESZipFile(written, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode("ascii"))
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        archive.writestr(COVER_NAME, cover.replace("\n", "\r\n").encode("utf-8-sig"))
        archive.writestr(inside, content)
    return Archive(f"{inside}.zip", written.getvalue(), password)
