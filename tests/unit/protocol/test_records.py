"""The table of what exchange records say, and for how long they are kept."""

from datetime import UTC, date, datetime

import pytest

from tasuki.protocol import records as table
from tasuki.protocol.records import RECORDING, RecordDataError, TooEarlyError, kept_since, records


def test_every_field_cites_its_article_and_stands_at_every_party() -> None:
    fields = records().fields
    assert len({field.name for field in fields}) == len(fields) == 11
    for field in fields:
        assert field.article.startswith("番号法23条"), field.name
        assert set(field.columns) == set(RECORDING)
        assert field.words.ja
        assert field.words.en


def test_the_newest_retention_in_force_counts() -> None:
    text = (
        'checked_on = 2026-01-01\nstatus = "final"\nfield = []\ncorrection = []\ndisclosure = {article = "x"}\n'
        + "".join(
            f'[[retention]]\nfrom = {day}\nyears = {years}\narticle = "x"\n'
            for day, years in (("2030-01-01", 9), ("2015-10-05", 7))
        )
    )
    read = table.read(text)
    assert [read.retention(day).years for day in (date(2015, 10, 5), date(2029, 12, 31), date(2030, 1, 1))] == [7, 7, 9]
    with pytest.raises(RecordDataError, match="2015-10-04"):
        read.retention(date(2015, 10, 4))


@pytest.mark.parametrize("text", ["", "field = [", 'checked_on = 2026-01-01\nstatus = "x"\nfield = [{name = "a"}]'])
def test_an_incomplete_table_is_refused(text: str) -> None:
    with pytest.raises(RecordDataError):
        table.read(text)


@pytest.mark.parametrize(
    ("at", "limit"),
    [
        (datetime(2026, 11, 27, 5, tzinfo=UTC), datetime(2019, 11, 27, 5, tzinfo=UTC)),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2021, 2, 28, tzinfo=UTC)),
    ],
)
def test_records_are_kept_seven_years(at: datetime, limit: datetime) -> None:
    assert kept_since(at) == limit
    assert kept_since(at, limit) == limit
    earlier = limit.replace(year=limit.year - 1)
    assert kept_since(at, earlier) == earlier
    with pytest.raises(TooEarlyError, match=f"{limit:%Y-%m-%d}"):
        kept_since(at, limit.replace(microsecond=1))
