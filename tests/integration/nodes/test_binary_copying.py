"""What is written for binary COPY is what the server reads."""

import datetime as dt
from uuid import UUID

import pytest
from django.db import connection

from tasuki.nodes import binary_copying as binary
from tasuki.nodes.sql import rows, run

pytestmark = pytest.mark.django_db
COLUMNS = ("word", "small", "whole", "large", "number", "said", "at", "held", "since", "sealed")
NUMBER = UUID("01a22211-a3a1-750a-9929-1faf6143a070")
AT = dt.datetime(1999, 12, 31, 14, 59, 59, 999_999, dt.UTC)
SINCE = dt.date(1912, 7, 30)
BEGINS = binary.row_begins(COLUMNS)


@pytest.fixture(autouse=True)
def table() -> None:
    run(
        "CREATE TEMPORARY TABLE binary_copied (word text, small smallint, whole integer, large bigint, number uuid,"
        " said jsonb, at timestamptz, held boolean, since date, sealed bytea) ON COMMIT DROP"
    )


def row(word: str | None = "髙\\N\t\n", small: str | None = "-7", since: dt.date | None = SINCE) -> bytes:
    fields = (
        binary.text(word), binary.smallint(small), binary.integer(-71_500), binary.bigint(-(1 << 40)),
        binary.uuid(NUMBER), binary.jsonb('{"髙": "\\n"}'.encode()), binary.timestamptz(AT), binary.TRUE,
        binary.day(since), binary.bytea(b"\0\\x\xff"),
    )  # fmt: skip
    return BEGINS + b"".join(fields)


def test_every_kind_of_field_arrives_as_it_is() -> None:
    binary.copy_rows("binary_copied", COLUMNS, [row()])
    (read,) = rows("SELECT *, said ->> '髙' AS inside FROM binary_copied")
    assert (read["word"], read["small"], read["whole"]) == ("髙\\N\t\n", -7, -71_500)
    assert (read["number"], read["inside"], read["at"], read["held"]) == (NUMBER, "\n", AT, True)
    assert (read["large"], read["since"], bytes(read["sealed"])) == (-(1 << 40), SINCE, b"\0\\x\xff")


def test_what_is_not_there_and_what_is_too_large_is_null() -> None:
    binary.copy_rows("binary_copied", COLUMNS, [row(None, None, None), row("", "32768"), row("", "32767")])
    assert rows("SELECT count(*) AS n FROM binary_copied WHERE since IS NULL") == [{"n": 1}]
    read = rows("SELECT word, small FROM binary_copied ORDER BY small NULLS FIRST, word NULLS FIRST")
    assert [(one["word"], one["small"]) for one in read] == [(None, None), ("", None), ("", 32_767)]


def test_many_rows_are_told_apart_from_others_by_their_digest() -> None:
    many = [row(str(place), str(place)) for place in range(1500)]
    digest = binary.copy_rows_digested("binary_copied", COLUMNS, many)
    assert rows("SELECT count(*) AS n, sum(small) AS total FROM binary_copied") == [
        {"n": 1500, "total": sum(range(1500))}
    ]
    assert digest == binary.copy_rows_digested("binary_copied", COLUMNS, iter(many))
    assert digest != binary.copy_rows_digested("binary_copied", COLUMNS, many[1:])


def test_no_row_asks_nothing_of_the_server() -> None:
    with connection.execute_wrapper(lambda *_: pytest.fail("nothing was to be copied")):
        binary.copy_rows("nowhere", COLUMNS, [])


def test_a_text_that_is_as_short_as_a_number_has_the_beginning_kept_for_it() -> None:
    number = "0001000001"
    assert binary.TEXT_FOLLOWS[len(number)] + number.encode() == binary.text(number)
    assert binary.UUID_FOLLOWS + NUMBER.bytes == binary.uuid(NUMBER)
