"""Records for tests of the layouts: fictitious, right unless a test says otherwise."""

from collections.abc import Mapping
from datetime import date

from hypothesis import strategies as st

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import (
    AbsentReason,
    DataSet,
    Item,
    ItemType,
    LayoutVersion,
    Programme,
    ScreeningRecord,
    Section,
    Stage,
)

ON = date(2026, 3, 1)

_TEETH = {
    "sound_teeth": "20",
    "untreated_teeth": "2",
    "treated_teeth": "6",
    "lost_teeth": "4",
    "teeth_needing_prosthesis": "1",
    "teeth_replaced": "3",
    "present_teeth": "28",
}
_SITES = ("17_16", "11", "26_27", "47_46", "31", "36_37")
_PERIODONTAL = (
    _TEETH
    | {f"{kind}_{site}": "0" for kind in ("bleeding", "pocket") for site in (*_SITES, "maximum")}
    | {"calculus": "1", "oral_hygiene": "1", "mucosa": "1", "judgement": "1"}
)

# The least a right record of each programme and stage says, by identifier.
LEAST: Mapping[tuple[Programme, Stage], Mapping[str, str]] = {
    (Programme.LUNG, Stage.PRIMARY): {"detailed_examination_need": "1"},
    (Programme.BREAST, Stage.PRIMARY): {"detailed_examination_need": "1"},
    (Programme.STOMACH, Stage.PRIMARY): {"detailed_examination_need": "1"},
    (Programme.CERVIX, Stage.PRIMARY): {"detailed_examination_need": "1"},
    (Programme.COLORECTAL, Stage.PRIMARY): {"detailed_examination_need": "1"},
    (Programme.HEPATITIS, Stage.PRIMARY): {"hepatitis_b_judgement": "1", "hepatitis_c_judgement": "1"},
    (Programme.OSTEOPOROSIS, Stage.PRIMARY): {"dxa_bone_mass": "82", "dxa_judgement": "1", "overall_judgement": "1"},
    (Programme.PERIODONTAL, Stage.PRIMARY): _PERIODONTAL,
    **{(programme, Stage.DETAILED): {"detailed_result": "1"} for programme in Programme},
}


def coded(programme: Programme, named: Mapping[str, str]) -> dict[str, str]:
    """Return values by item code, from values by identifier."""
    return {catalogue().item_named(programme, name).code: value for name, value in named.items()}


def record_of(
    programme: Programme,
    stage: Stage = Stage.PRIMARY,
    *,
    items: Mapping[str, str] | None = None,
    absent: Mapping[str, AbsentReason] | None = None,
    fiscal_year: int = 2025,
    sequence: int = 1,
    examined_date: str | None = "2025-06-12",
    age: int | None = 52,
    encounter_type: str | None = "1",
    facility_number: str | None = "1310199999",
    facility_name: str | None = "架空検診センター",
) -> ScreeningRecord:
    """Return a record that says the least, or exactly what `items` says."""
    return ScreeningRecord(
        programme=programme,
        stage=stage,
        fiscal_year=fiscal_year,
        sequence=sequence,
        examined_date=examined_date,
        age=age,
        encounter_type=encounter_type,
        facility_number=facility_number,
        facility_name=facility_name,
        items=coded(programme, LEAST[programme, stage]) if items is None else items,
        absent=absent or {},
    )


def newest(data_set: DataSet) -> LayoutVersion:
    """Return the newest layout version of a data set."""
    return data_set.versions[-1]


def every_version() -> list[LayoutVersion]:
    """Return every layout version of every data set."""
    return [version for data_set in catalogue().data_sets.values() for version in data_set.versions]


def allowed_items(version: LayoutVersion) -> list[Item]:
    """Return the items a layout version may carry, the header aside."""
    return [entry.item for entry in catalogue().allowed(version) if entry.item.section is not Section.HEADER]


def right_value(item: Item) -> st.SearchStrategy[str]:
    """Draw a value the item may hold."""
    match item.type:
        case ItemType.CODE:
            return st.sampled_from(sorted(catalogue().table(item.table or "").codes))
        case ItemType.NUMBER:
            return st.integers(0, 10**item.max_bytes - 1).map(str)
        case ItemType.DATE:
            return st.dates(date(2008, 4, 1), ON).map(date.isoformat)
        case ItemType.TEXT:
            return st.text(alphabet="架空所見ABC<&>\"'\r\n ", min_size=1, max_size=item.max_bytes // 2)


def records(version: LayoutVersion) -> st.SearchStrategy[ScreeningRecord]:
    """Draw a record of a layout version's data set whose allow-listed items are right, and whose others are filled
    with a sentinel that names them."""
    data_set = catalogue().data_set(version.data_set)
    may_travel = {item.code: item for item in allowed_items(version)}
    others = {
        item.code: f"SENTINEL-{item.code}"
        for item in catalogue().items_of(data_set.programme)
        if item.code not in may_travel
    }
    values = st.fixed_dictionaries({}, optional={code: right_value(item) for code, item in may_travel.items()})
    reasons = st.dictionaries(st.sampled_from(sorted(may_travel) or ["none"]), st.sampled_from(AbsentReason))
    hidden = st.sets(st.sampled_from(sorted(others)))
    facility_names = st.text(alphabet="架空医院髙﨑①<&>\"'\r\n", min_size=1, max_size=50)
    return st.builds(
        lambda filled, absent, chosen, **header: ScreeningRecord(
            programme=data_set.programme,
            items=filled | {code: others[code] for code in chosen},
            absent={code: reason for code, reason in absent.items() if code not in filled},
            facility_number="9999999999",
            **header,
        ),
        values,
        reasons,
        hidden,
        stage=st.sampled_from([data_set.stage, Stage.BOTH]),
        fiscal_year=st.integers(2008, 2099),
        sequence=st.integers(1, 99),
        examined_date=st.none() | st.sampled_from(["2025-06-12", "2025-06", "2025"]),
        age=st.none() | st.integers(0, 130),
        encounter_type=st.none() | st.sampled_from("12"),
        facility_name=st.none() | facility_names,
    )
