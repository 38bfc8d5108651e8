"""Items and values as people read them, in both languages."""

import pytest
from tests.unit.layouts.layout_records import coded, record_of

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import (
    Language,
    absent_label,
    code_choices,
    date_label,
    group_label,
    item_label,
    rendered_items,
    value_label,
)
from tasuki.layouts.types import AbsentReason, Item, Programme

VALUES = [
    (Programme.LUNG, "chest_xray_judgement", "4", "Ｅ（肺癌の疑い）", "E (suspected lung cancer)"),
    (Programme.LUNG, "chest_xray_judgement", "7", "7 (コード表にない値)", "7 (not in the code table)"),
    (Programme.LUNG, "smoking_index", "400", "400", "400"),
    (Programme.LUNG, "sputum_examined_date", "2025-06-12", "2025年6月12日", "2025-06-12"),
    (Programme.LUNG, "chest_xray_findings", "影あり", "影あり", "影あり"),
    (Programme.OSTEOPOROSIS, "dxa_bone_mass", "82", "82 %YAM", "82 % of the young adult mean"),
    (Programme.OSTEOPOROSIS, "dxa_bone_density", "0.81", "0.81 g/cm²", "0.81 g/cm²"),
    (Programme.PERIODONTAL, "present_teeth", "28", "28 本", "28 teeth"),
    (Programme.PERIODONTAL, "pocket_31", "X", "該当歯なし", "No such tooth"),
]


@pytest.mark.parametrize(("programme", "name", "value", "ja", "en"), VALUES)
def test_values(programme: Programme, name: str, value: str, ja: str, en: str) -> None:
    item = catalogue().item_named(programme, name)
    assert value_label(item, value, Language.JA) == ja
    assert value_label(item, value, Language.EN) == en


@pytest.mark.parametrize(
    ("partial", "ja"), [("2025-06-02", "2025年6月2日"), ("2025-06", "2025年6月"), ("2025", "2025年")]
)
def test_dates_are_shown_no_more_precisely_than_known(partial: str, ja: str) -> None:
    assert date_label(partial, Language.JA) == ja
    assert date_label(partial, Language.EN) == partial


def test_a_date_that_is_none_is_shown_as_it_stands() -> None:
    assert date_label("R7.6.2", Language.JA) == "R7.6.2"


def test_labels_of_items_groups_and_reasons() -> None:
    item: Item = catalogue().item_named(Programme.BREAST, "mammography_judgement")
    assert item_label(item, Language.JA) == "乳がん検診のマンモグラフィー検査判定"
    assert item_label(item, Language.EN) == "Mammography judgement"
    assert group_label(item.group, Language.JA) == "マンモグラフィー検査"
    assert group_label(item.group, Language.EN) == "Mammography"
    assert {absent_label(reason, Language.JA) for reason in AbsentReason} == {"未実施", "測定不能", "不明"}
    assert len({absent_label(reason, Language.EN) for reason in AbsentReason}) == 3


def test_choices_of_a_form_keep_the_order_of_the_table() -> None:
    table = catalogue().table("1.2.392.100495.100.2050")
    assert code_choices(table, Language.JA) == (("1", "所見なし"), ("2", "所見あり"))
    assert code_choices(table, Language.EN) == (("1", "No findings"), ("2", "Findings"))


def test_a_record_is_shown_in_the_order_of_the_layout() -> None:
    values = coded(Programme.LUNG, {"detailed_examination_need": "1", "chest_xray_judgement": "1"})
    symptoms = catalogue().item_named(Programme.LUNG, "symptoms").code
    record = record_of(Programme.LUNG, items=values, absent={symptoms: AbsentReason.UNKNOWN})
    assert [(label, value) for _, label, value in rendered_items(record, Language.EN)] == [
        ("Symptoms suggesting lung cancer at screening", "Unknown"),
        ("Chest X-ray judgement", "B (no abnormal finding)"),
        ("Need for a detailed examination (lung)", "No detailed examination needed"),
    ]
