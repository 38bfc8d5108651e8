"""What the hepatitis, osteoporosis and periodontal screenings find."""

from datetime import date
from random import Random

from tasuki.demo.generator.draws import Values, maybe, pick
from tasuki.demo.generator.people import FEMALE

_YES_NO_UNKNOWN = (("1", 12), ("2", 80), ("9", 8))
_ABSENT_PRESENT_UNKNOWN = (("1", 84), ("2", 10), ("9", 6))
_ABSENT_PRESENT = (("1", 92), ("2", 8))
_HEPATITIS_QUESTIONS = (
    "9P602000000000011", "9P606000000000011", "9P607000000000011", "9P609000000000011", "9P611000000000011",
    "9P613000000000011",
)  # fmt: skip
_MENOPAUSE_AGE = 52
_BOP_SITES = tuple(f"9P{number}000000000011" for number in range(670, 676))
_PD_SITES = tuple(f"9P{number}000000000011" for number in range(677, 683))
_BOP_MAXIMUM, _PD_MAXIMUM = "9P676000000000011", "9P683000000000011"
_NO_TOOTH = "X"

_DETAILED = {
    "56": (("1", 58), ("2", 26), ("3", 4), ("4", 1), ("5", 11)),
    "57": (("1", 14), ("2", 38), ("3", 45), ("4", 3)),
    "58": (("1", 6), ("2", 90), ("3", 4)),
}
_DETAILED_ITEMS = {
    "56": ("9P616000000000011", "9P617160800000049"),
    "57": ("9P638000000000011", "9P639160800000049"),
    "58": ("9P691000000000011", "9P692160800000049"),
}
_DETAILED_REMARKS = {"56": "定期受診を指示", "57": "内服治療を開始", "58": "歯周基本治療を開始"}


def hepatitis(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a hepatitis B and C test."""
    values: Values = {}
    if random.random() < 0.7:
        values |= {item: pick(random, _YES_NO_UNKNOWN) for item in _HEPATITIS_QUESTIONS}
        values["9P600000000000011"] = pick(random, _ABSENT_PRESENT_UNKNOWN)
        if values["9P600000000000011"] == "2":
            values["9P601160800000049"] = str(examined.year - 1 - int(random.random() * 15))
        if sex == FEMALE:
            values["9P604000000000011"] = pick(random, _YES_NO_UNKNOWN)
    values["9P615000000000011"] = pick(random, (("1", 99.2), ("2", 0.7), ("9", 0.1)))
    values["9N401000000000011"] = pick(random, (("1", 99.5), ("2", 0.4), ("9", 0.1)))
    return values


def osteoporosis(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a bone density measured by DXA; it falls with age."""
    values = _bone_questions(random, age) if random.random() < 0.8 else {}
    share_of_young_adult_mean = min(max(random.gauss(101 - (age - 40) * 0.75, 9), 45), 130)
    if share_of_young_adult_mean < 70:
        reading = "3"
    elif share_of_young_adult_mean < 80:
        reading = "2"
    else:
        reading = "1"
    overall = "3" if share_of_young_adult_mean < 80 else "2" if share_of_young_adult_mean < 90 else "1"
    return values | {
        "9Z507195600000001": f"{share_of_young_adult_mean:.1f}",
        "9Z507195700000001": f"{share_of_young_adult_mean * 0.00926:.3f}",
        "9Z507195800000049": "橈骨遠位1/3",
        "9Z507195900000049": "模擬DXA-100",
        "9Z507000000000011": reading,
        "9Z507160800000049": maybe(random, 0.04, "体動あり、再測定"),
        "9P637000000000011": overall,
    }


def _bone_questions(random: Random, age: int) -> Values:
    fractured = random.random() < 0.12
    after_menopause = age > _MENOPAUSE_AGE
    return {
        "9P620000000000011": pick(random, _ABSENT_PRESENT_UNKNOWN),
        "9P621000000000011": pick(random, (("1", 70), ("2", 10), ("3", 8), ("9", 12))),
        "9N006000000000001": f"{random.gauss(53, 7):.1f}",
        "9N001000000000001": f"{random.gauss(156, 5):.1f}",
        "9P622000000000011": "2" if fractured else "1",
        "9P623160800000049": "手首" if fractured else "",
        "9P624000000000011": pick(random, _ABSENT_PRESENT_UNKNOWN),
        "9P625000000000011": pick(random, (("1", 78), ("2", 13), ("3", 9))),
        "9P626000000000001": maybe(random, 0.3, str(10 * (1 + int(random.random() * 40)))),
        "9P627000000000011": pick(random, (("1", 95), ("2", 4), ("3", 1))),
        "9P628000000000011": pick(random, _ABSENT_PRESENT),
        "9P630000000000011": pick(random, (("1", 25), ("2", 20), ("3", 20), ("4", 15), ("5", 20))),
        "9P631000000000011": "3" if after_menopause else pick(random, (("1", 80), ("2", 15), ("3", 5))),
        "9P632000000000011": pick(random, (("1", 90), ("2", 5), ("3", 2), ("5", 3))) if after_menopause else "9",
        "9P633000000000001": str(min(int(random.gauss(50, 2)), age)) if after_menopause else "",
    }


def periodontal(random: Random, *, age: int, sex: str, examined: date) -> Values:
    """Draw a periodontal examination; every count and site is mandatory."""
    values = _tooth_questions(random, age, sex) if random.random() < 0.85 else {}
    lost = min(int(random.expovariate(1 / max(0.3, (age - 25) / 12))), 28)
    present = 28 - lost
    untreated = min(int(random.expovariate(1 / 0.7)), present)
    treated = min(int(random.expovariate(1 / max(2.0, age / 6))), present - untreated)
    replaced = int(lost * random.random() * 1.2) if lost else 0
    replaced = min(replaced, lost)
    bleeding = [_site(random, present, (("0", 55), ("1", 45))) for _ in _BOP_SITES]
    pockets = [_site(random, present, (("0", 62), ("1", 29), ("2", 9))) for _ in _PD_SITES]
    deepest, worst = _maximum(pockets), _maximum(bleeding)
    calculus = pick(random, (("1", 30), ("2", 48), ("3", 22)))
    values |= {
        "9P663000000000001": str(present - untreated - treated),
        "9P664000000000001": str(untreated),
        "9P665000000000001": str(treated),
        "9P666000000000001": str(lost),
        "9P667000000000001": str(lost - replaced),
        "9P668000000000001": str(replaced),
        "9P669000000000001": str(present),
        **dict(zip(_BOP_SITES, bleeding, strict=True)),
        _BOP_MAXIMUM: worst,
        **dict(zip(_PD_SITES, pockets, strict=True)),
        _PD_MAXIMUM: deepest,
        "9P684000000000011": calculus,
        "9P685000000000011": pick(random, (("1", 25), ("2", 60), ("3", 15))),
        "9P686000000000011": pick(random, _ABSENT_PRESENT),
        "9P687000000000011": pick(random, _ABSENT_PRESENT),
        "9P688000000000011": pick(random, (("1", 98), ("2", 2))),
        "9P689160800000049": maybe(random, 0.04, "智歯周囲炎"),
    }
    return values | {"9P690000000000011": _dental_judgement(deepest, worst, calculus, untreated)}


def _tooth_questions(random: Random, age: int, sex: str) -> Values:
    smoking = pick(random, (("1", 68), ("2", 18), ("3", 14)))
    started = 20 + int(random.random() * 5)
    stopped = min(age, started + 5 + int(random.random() * 15))
    return {
        "9P650000000000011": pick(random, (("1", 27), ("2", 52), ("3", 20), ("4", 1))),
        "9P651000000000011": pick(random, (("1", 35), ("2", 25), ("3", 12), ("4", 28))),
        "9P652000000000011": pick(random, (("1", 55), ("2", 45))),
        "9P653000000000011": smoking,
        "9P654000000000001": str(min(started, age)) if smoking != "1" else "",
        "9P655000000000001": str(stopped) if smoking == "2" else "",
        "9P656000000000001": str(5 + int(random.random() * 25)) if smoking != "1" else "",
        **{f"9P{number}000000000011": pick(random, _ABSENT_PRESENT) for number in (657, 658, 659, 660)},
        "9P661000000000011": maybe(random, 0.02, "2") or "1" if sex == FEMALE and age < 50 else "",
        "9P662160800000049": maybe(random, 0.03, "高血圧で治療中"),
    }


def _site(random: Random, present: int, weighted: tuple[tuple[str, float], ...]) -> str:
    """Draw one site; a tooth is missing there as often as in the mouth."""
    return pick(random, weighted) if random.random() * 28 < present else _NO_TOOTH


def _maximum(sites: list[str]) -> str:
    """Take the worst of the sites that have a tooth; without any, there is no tooth to judge."""
    return max((site for site in sites if site != _NO_TOOTH), default=_NO_TOOTH)


def _dental_judgement(deepest: str, worst: str, calculus: str, untreated: int) -> str:
    if deepest in ("1", "2") or untreated or calculus == "3":
        return "3"
    return "2" if worst == "1" or calculus == "2" else "1"


def detailed(random: Random, programme: str) -> Values:
    """Draw a detailed examination; the periodontal remark is always filled, since the national items demand it."""
    result, remark = _DETAILED_ITEMS[programme]
    share = 1.0 if programme == "58" else 0.3
    return {result: pick(random, _DETAILED[programme]), remark: maybe(random, share, _DETAILED_REMARKS[programme])}
