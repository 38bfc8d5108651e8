"""A small town's data for the tests of screening."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.actor import staff_actor

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
BY = staff_actor("7", "例示 花子")
NUMBER = "0001000002"


def resident(number: str = NUMBER, **changed: object) -> ResidentRow:
    """Describe a fictitious resident."""
    values: dict[str, object] = {
        "system_person_number": number,
        "household_number": f"5{number}",
        "name": "襷崎　達也",
        "kana_name": "タスキザキ　タツヤ",
        "birth_date": date(1970, 6, 14),
        "sex": "1",
        "postal_code": "000-0504",
        "address": "架空区仮想町四丁目24番14号",
    }
    return ResidentRow(**(values | changed))  # type: ignore[arg-type]  # the tests name the fields they change


def register(*rows: ResidentRow) -> None:
    """Put residents into the register."""
    register_residents(rows=rows, by=BY, at=AT, reason="daily")


LUNG_ITEMS: Mapping[str, str] = {"9P502000000000011": "1", "9P504000000000011": "1"}


def lung(**changed: object) -> ScreeningRecord:
    """Describe a fictitious lung cancer screening without findings."""
    values: dict[str, object] = {
        "programme": Programme.LUNG,
        "stage": Stage.PRIMARY,
        "fiscal_year": 2025,
        "sequence": 1,
        "examined_date": "2025-07-24",
        "age": 55,
        "encounter_type": "1",
        "facility_number": "1319910030",
        "facility_name": "模擬町診療所",
        "items": LUNG_ITEMS,
    }
    return ScreeningRecord(**(values | changed))  # type: ignore[arg-type]  # as above
