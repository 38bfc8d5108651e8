"""What the stand-in does: keeps the register, and turns individual numbers into resident-record codes (令27条)."""

import csv
import datetime as dt
import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Sequence
from io import TextIOBase

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.shared.actor import Actor

NONCE_BYTES = 12
HEADER = ("個人番号", "住民票コード")


class RegisterCipher:
    """Hashes numbers and encrypts codes under the stand-in's own keys."""

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        self._hash_key = derive("jlis-number-hash")
        self._cipher = AESGCM(derive("jlis-code"))

    def hash(self, individual_number: str) -> bytes:
        return hmac.digest(self._hash_key, individual_number.encode(), hashlib.sha256)

    def seal(self, number_hash: bytes, code: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, code.encode(), number_hash)

    def open(self, number_hash: bytes, sealed: bytes) -> str:
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], number_hash).decode()


class RegisterFileError(Exception):
    """The register file is not of the stand-in's form."""


@transaction.atomic
def load_register(*, file: TextIOBase, cipher: RegisterCipher, by: Actor, at: dt.datetime) -> int:
    """Load a register file (個人番号,住民票コード), adding to what is known; return how many people it has.

    :raises RegisterFileError: naming the line that is not two numbers.
    """
    del by, at  # A stand-in for the state's register keeps no history of its own.
    reader = csv.reader(file)
    if tuple(next(reader, ())) != HEADER:
        raise RegisterFileError(f"line 1: the header {','.join(HEADER)} is expected")
    run("CREATE TEMPORARY TABLE register_staging (LIKE jlis_register) ON COMMIT DROP")
    copy_rows("register_staging", ("number_hash", "sealed_code"), _entries(reader, cipher))
    run("INSERT INTO jlis_register SELECT DISTINCT ON (number_hash) * FROM register_staging ON CONFLICT DO NOTHING")
    return int(rows("SELECT count(*) AS people FROM jlis_register")[0]["people"])


def _entries(reader: Iterator[list[str]], cipher: RegisterCipher) -> Iterator[tuple[bytes, bytes]]:
    for line, row in enumerate(reader, 2):
        if len(row) != 2 or len(row[0]) != 12 or len(row[1]) != 11 or not (row[0] + row[1]).isdecimal():
            raise RegisterFileError(f"line {line}: twelve and eleven digits are expected")
        number_hash = cipher.hash(row[0])
        yield number_hash, cipher.seal(number_hash, row[1])


def resident_record_codes(individual_numbers: Sequence[str], cipher: RegisterCipher) -> dict[str, str]:
    """Return the resident-record code of each number that is in the register."""
    hashes = {number: cipher.hash(number) for number in individual_numbers}
    found = {
        bytes(row["number_hash"]): bytes(row["sealed_code"])
        for row in rows(
            "SELECT number_hash, sealed_code FROM jlis_register WHERE number_hash = ANY(%s)", [list(hashes.values())]
        )
    }
    return {number: cipher.open(digest, found[digest]) for number, digest in hashes.items() if digest in found}
