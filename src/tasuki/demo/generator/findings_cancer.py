"""What the five cancer screenings find: official codes by item, at rates like the national ones."""

from datetime import date, timedelta
from random import Random

from tasuki.demo.generator.draws import Values, maybe, pick

_NO_DETAIL, _DETAIL, _UNDETERMINED = "1", "2", "9"
_HISTORY = (("1", 20), ("2", 18), ("3", 8), ("4", 44), ("9", 10))
_SYMPTOM = (("1", 90), ("2", 7), ("9", 3))
_INCIDENT = (("1", 9995), ("2", 5))
_SPUTUM_ENDED = date(2025, 12, 24)
_LUNG_XRAY = (("1", 795), ("2", 140), ("3", 44), ("4", 20), ("9", 1))
_SPUTUM = (("1", 90), ("2", 5), ("3", 1), ("9", 4))
_MAMMOGRAM = (("1", 690), ("2", 249), ("3", 48), ("4", 9), ("5", 2), ("9", 1), ("99", 1))
_CYTOLOGY = (
    ("1", 97950), ("2", 950), ("3", 130), ("4", 500), ("5", 270), ("6", 15), ("7", 60), ("8", 15), ("9", 8), ("10", 2),
    ("99", 100),
)  # fmt: skip
_OCCULT_BLOOD = (("1", 938), ("2", 61), ("9", 1))
_STOMACH_DETAIL_RATE = 0.081
_ENDOSCOPY_SHARE = 0.45
_SAME_DAY_BIOPSY_RATE = 0.06

_DETAILED = {
    "51": (("1", 52), ("2", 0.9), ("3", 1.0), ("4", 6), ("5", 40)),
    "52": (("1", 40), ("2", 1.3), ("3", 2.2), ("4", 1.0), ("5", 4), ("6", 52)),
    "53": (("1", 38), ("2", 0.4), ("3", 0.5), ("4", 0.4), ("5", 2), ("6", 58)),
    "54": (
        ("1", 38),
        ("2", 1.8),
        ("3", 2.0),
        ("4", 0.6),
        ("5", 7),
        ("6", 9),
        ("7", 2),
        ("8", 24),
        ("9", 5),
        ("10", 10),
    ),
    "55": (("1", 28), ("2", 1.2), ("3", 0.8), ("4", 0.8), ("5", 1.5), ("6", 3), ("7", 10), ("8", 29), ("9", 25)),
}
_LUNG_REMARKS = ("右上肺野に結節影", "左下肺野に浸潤影", "陳旧性病変", "胸膜肥厚")
_DETAILED_ITEMS = {
    "51": ("9P507000000000011", "9P508160800000049", "9P509000000000011"),
    "52": ("9P525000000000011", "9P526160800000049", "9P527000000000011"),
    "53": ("9P549000000000011", "9P550160800000049", "9P551000000000011"),
    "54": ("9P565000000000011", "9P566160800000049", "9P567000000000011"),
    "55": ("9P585000000000011", "9P586160800000049", "9P587000000000011"),
}
_DETAILED_REMARKS = ("CT施行、経過観察", "組織診施行", "半年後に再検", "他院へ紹介済", "内視鏡的切除")


def lung(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a lung screening: chest X-ray, and sputum of heavy smokers until it left the programme."""
    values = _questions(random, "9P500000000000011", "9P501000000000011")
    smoking = int(random.random() * 1200) if random.random() < 0.2 else 0
    xray = pick(random, _LUNG_XRAY)
    sputum = ""
    if age >= 50 and smoking >= 600 and examined < _SPUTUM_ENDED and random.random() < 0.5:
        sputum = pick(random, _SPUTUM)
        values["7A030161506144349"] = (examined - timedelta(days=1)).isoformat()
        values["7A030000006144311"] = sputum
        values["7A030160806144349"] = "異型細胞を認める" if sputum == "3" else ""
    needs_detail = xray == "4" or sputum == "3"
    values |= {
        "9N737000000000012": str(smoking) if smoking or random.random() < 0.4 else "",
        "9P502000000000011": xray,
        "9P503160800000049": _remark(random, needs_detail, _LUNG_REMARKS),
        "9P504000000000011": _judgement(needs_detail, undetermined=xray == "9"),
        "9P505160800000049": maybe(random, 0.02, "ペースメーカー装着"),
        "9P506000000000011": pick(random, _INCIDENT),
    }
    return values


def breast(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a mammography."""
    values = _questions(random, "9P520000000000011", "9P521000000000011")
    category = pick(random, _MAMMOGRAM)
    needs_detail = category in ("3", "4", "5")
    return values | {
        "9N281000000000011": category,
        "9N281160800000049": _remark(random, needs_detail, ("右C領域 腫瘤", "左A領域 石灰化", "構築の乱れ", "FAD")),
        "9P522000000000011": _judgement(needs_detail, undetermined=category in ("9", "99")),
        "9P523160800000049": maybe(random, 0.02, "乳房痛の訴えあり"),
        "9P524000000000011": pick(random, _INCIDENT),
    }


def stomach(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a stomach screening, by X-ray or by endoscopy."""
    values = _questions(random, "9P540000000000011", "9P541000000000011")
    needs_detail = random.random() < _STOMACH_DETAIL_RATE
    finding = "2" if needs_detail or random.random() < 0.3 else "1"
    if random.random() < _ENDOSCOPY_SHARE:
        values["9P544160700000011"] = finding
        values["9P545160800000049"] = _remark(random, finding == "2", ("萎縮性胃炎", "胃角部びらん", "ポリープ"))
    else:
        values["9P542160700000011"] = finding
        values["9P543160800000049"] = _remark(random, finding == "2", ("胃体部ニッシェ疑い", "隆起性病変疑い", "胃炎"))
    return values | {
        "9P546000000000011": _judgement(needs_detail),
        "9P547160800000049": maybe(random, 0.02, "ピロリ菌除菌後"),
        "9P548000000000011": pick(random, _INCIDENT),
    }


def cervix(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a cervical cytology."""
    values = _questions(random, "9P560000000000011", "9P561000000000011")
    cytology = pick(random, _CYTOLOGY)
    seen, felt = maybe(random, 0.06, "2") or "1", maybe(random, 0.04, "2") or "1"
    return values | {
        "9N291160700000011": seen,
        "9N291160800000049": "びらん" if seen == "2" else "",
        "9N296160700000011": felt,
        "9N296160800000049": "子宮筋腫" if felt == "2" else "",
        "7A021000008543311": cytology,
        "7A021160808543349": maybe(random, 0.03, "炎症性変化"),
        # An unreadable smear counts as needing detail.
        "9P562000000000011": _judgement(cytology != "1"),
        "9P563160800000049": maybe(random, 0.01, "ポリープあり"),
        "9P564000000000011": pick(random, _INCIDENT),
    }


def colorectal(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a two-day immunological test for occult blood."""
    values = _questions(random, "9P580000000000011", "9P581000000000011")
    blood = pick(random, _OCCULT_BLOOD)
    return values | {
        "1B040000001599811": blood,
        "1B040160801599849": ("2日とも陽性" if random.random() < 0.3 else "1日目のみ陽性") if blood == "2" else "",
        "9P582000000000011": _judgement(blood == "2", undetermined=blood == "9"),
        "9P583160800000049": maybe(random, 0.01, "痔の既往あり"),
        "9P584000000000011": pick(random, _INCIDENT),
    }


def same_day_detail(random: Random, primary: Values) -> bool:
    """Say whether an endoscopy led to its biopsy on the spot: one record of both stages."""
    return bool(primary.get("9P544160700000011")) and random.random() < _SAME_DAY_BIOPSY_RATE


def detailed(random: Random, programme: str) -> Values:
    """Draw a detailed examination."""
    result, remark, incident = _DETAILED_ITEMS[programme]
    return {
        result: pick(random, _DETAILED[programme]),
        remark: maybe(random, 0.3, _DETAILED_REMARKS[int(random.random() * len(_DETAILED_REMARKS))]),
        incident: pick(random, _INCIDENT),
    }


def _questions(random: Random, history: str, symptom: str) -> Values:
    """Fill the questionnaire, which many leave empty."""
    if random.random() < 0.35:
        return {}
    return {history: pick(random, _HISTORY), symptom: pick(random, _SYMPTOM)}


def _judgement(needs_detail: bool, *, undetermined: bool = False) -> str:
    if needs_detail:
        return _DETAIL
    return _UNDETERMINED if undetermined else _NO_DETAIL


def _remark(random: Random, likely: bool, remarks: tuple[str, ...]) -> str:
    if random.random() < (0.8 if likely else 0.03):
        return remarks[int(random.random() * len(remarks))]
    return ""
