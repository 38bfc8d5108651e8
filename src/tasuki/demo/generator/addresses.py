"""Addresses in the several spellings a register grows over the years."""

from random import Random

from tasuki.demo.generator.towns import Town

_KANJI = "〇一二三四五六"
_FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")  # noqa: RUF001 - one of the spellings
_BUILDINGS = ("架空マンション", "模擬ハイツ", "例示コーポ", "試作レジデンス", "仮想荘", "見本タワー", "襷ハウス")


def draw_address(random: Random, town: Town) -> tuple[str, str]:
    """Draw a postal code, fictitious because it begins with 000, and an address."""
    area = int(random.random() * len(town.areas))
    block, number, house = 1 + int(random.random() * 6), 1 + int(random.random() * 30), 1 + int(random.random() * 20)
    place = f"{town.name}{town.areas[area]}{spell_lot(random, block, number, house)}"
    if random.random() < 0.6:
        room = f"{1 + int(random.random() * 12)}{1 + int(random.random() * 12):02d}"
        building = _BUILDINGS[int(random.random() * len(_BUILDINGS))]
        place += f" {building} {room}" if random.random() < 0.7 else f"{building}{room}号室"
    return f"000-{area + 1:02d}{block:02d}", place


def spell_lot(random: Random, block: int, number: int, house: int) -> str:
    """Write block, number and house in one of the ways that registers do."""
    drawn = random.random()
    if drawn < 0.55:
        return f"{_KANJI[block]}丁目{number}番{house}号"
    if drawn < 0.7:
        return f"{block}丁目{number}番{house}号"
    if drawn < 0.85:
        return f"{block}-{number}-{house}"
    if drawn < 0.93:
        return f"{block}丁目{number}番地{house}"
    return f"{block}-{number}-{house}".translate(_FULL_WIDTH)
