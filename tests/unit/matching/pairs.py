"""Records and comparison keys to draw pairs from, alike enough that every level is reached."""

from hypothesis import strategies as st

from tasuki.matching.types import Columns, PersonRecord
from tasuki.shared.dates import PartialDate

NAMES = (
    st.sampled_from(
        ["髙架　真子", "高架　眞子", "高架真子", "架空　太郎", "大野　優香", "小野　優香", "MOHAN ANNA LEE"]
    )
    | st.none()
)
KANA = (
    st.sampled_from(
        [
            "タカカ　マサコ",
            "ﾀｶｶ ﾏｻｺ",
            "タカカ　マナコ",
            "カクウ　タロウ",
            "カクー　タロー",
            "オオノ　ユウカ",
            "オノ　ユウカ",
        ]
    )
    | st.none()
)
BIRTHS = (
    st.sampled_from(
        [
            PartialDate(1980, 4, 12),
            PartialDate(1980, 4, 21),
            PartialDate(1980, 12, 4),
            PartialDate(1980, 4),
            PartialDate(1980),
        ]
    )
    | st.none()
)
ADDRESSES = (
    st.sampled_from(
        [
            "架空区模擬町2丁目1番2号",
            "架空区模擬町2-1-2",
            "架空区模擬町2-1-2 架空マンション301",
            "模擬市試験町1-1-1",
            "架空区模擬町",
        ]
    )
    | st.none()
)


def records(key: str = "") -> st.SearchStrategy[PersonRecord]:
    return st.builds(
        PersonRecord,
        key=st.just(key),
        name=NAMES,
        kana=KANA,
        birth_date=BIRTHS,
        sex=st.sampled_from(["1", "2", None]),
        address=ADDRESSES,
        postal_code=st.sampled_from(["000-0101", "0000101", None]),
        household_number=st.sampled_from(["1", "2", None]),
        number_hash=st.sampled_from([b"a", b"b", None]),
    )


def texts() -> st.SearchStrategy[str | None]:
    """Texts of few letters, so that distances are small often enough."""
    return st.text("ab1 -", min_size=1, max_size=6) | st.none()


def keys(width: int) -> st.SearchStrategy[Columns]:
    return st.tuples(*[texts()] * width)
