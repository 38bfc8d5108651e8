"""Fictitious FHIR documents for tests."""

from datetime import date, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import strategies as st
from tests.unit.layouts.layout_records import record_of

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.fhir import Attachment, ScreeningDocument, Subject, Writer, write_bundle
from tasuki.layouts.types import AbsentReason, Item, ItemType, Programme, ScreeningRecord, Stage

TOWN = "999901"
WRITTEN = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=9)))
SUBJECT = Subject(
    person_number="0001000002",
    name="襷崎　達也",
    kana_name="タスキザキ　タツヤ",
    birth_date="1970-06-14",
    sex="1",
    postal_code="000-0504",
    address="架空区仮想町四丁目24番14号",
)
CDA = Attachment(
    "text/xml", "架空の健診結果報告書", "cdar2_hc08_v08", b"<ClinicalDocument>\r\n\xff\x00</ClinicalDocument>"
)


def document(
    record: ScreeningRecord | None = None, *, subject: Subject = SUBJECT, attachments: tuple[Attachment, ...] = ()
) -> ScreeningDocument:
    """Return a document of a lung cancer screening, or of a record."""
    return ScreeningDocument(
        document_id=UUID("00000000-0000-4000-8000-000000000001"),
        record=record or record_of(Programme.LUNG),
        fee_class="架空区負担",
        subject=subject,
        writer=Writer(TOWN, "架空区"),
        written_at=WRITTEN,
        attachments=attachments,
    )


def bundle(record: ScreeningRecord | None = None, **changed: object) -> bytes:
    """Return a document as bytes."""
    return write_bundle(document(record, **changed))  # type: ignore[arg-type]  # the tests name what they change


def _day() -> st.SearchStrategy[str]:
    whole = st.dates(date(2008, 4, 1), date(2026, 3, 1)).map(date.isoformat)
    return whole | whole.map(lambda day: day[:7]) | whole.map(lambda day: day[:4])


def _value(item: Item) -> st.SearchStrategy[str]:
    match item.type:
        case ItemType.CODE:
            return st.sampled_from(sorted(catalogue().table(item.table or "").codes))
        case ItemType.NUMBER:
            whole = st.integers(0, 9999).map(str)
            return whole | st.decimals(0, 99, places=3).map(lambda number: f"{number:f}")
        case ItemType.DATE:
            return _day()
        case ItemType.TEXT:
            text = st.text(alphabet="架空所見髙﨑①ABC019-<&>\"'\\/\r\n\t 　", min_size=1, max_size=30)
            return text.filter(lambda drawn: bool(drawn.strip())) | st.just("2001") | st.just("2019-02")


@st.composite
def whole_records(draw: st.DrawFn, programme: Programme, stage: Stage) -> ScreeningRecord:
    """Draw any record of a programme and stage, with values and reasons of any of its items."""
    items: dict[str, str] = {}
    absent: dict[str, AbsentReason] = {}
    for item in catalogue().items_of(programme, stage):
        kind = draw(st.sampled_from(["value", "value", "absent", "nothing"]))
        if kind == "value":
            items[item.code] = draw(_value(item))
        elif kind == "absent":
            absent[item.code] = draw(st.sampled_from(AbsentReason))
    facility = draw(
        st.sampled_from([(None, None), ("1319910030", None), (None, "架空医院"), ("1319910030", "架空医院")])
    )
    return ScreeningRecord(
        programme=programme,
        stage=stage,
        fiscal_year=draw(st.integers(2008, 2099)),
        sequence=draw(st.integers(1, 99)),
        examined_date=draw(st.none() | _day()),
        age=draw(st.none() | st.integers(0, 130)),
        encounter_type=draw(st.none() | st.sampled_from("12")),
        facility_number=facility[0],
        facility_name=facility[1],
        items=items,
        absent=absent,
    )
