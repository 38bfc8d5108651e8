"""The fictitious towns are like real ones by published rates, whatever their size, and by nothing of a real record."""

import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest

from tasuki.demo.generator import TownSize, generate
from tasuki.demo.generator import findings_cancer as findings
from tasuki.demo.generator.mistakes import JUDGEMENT
from tasuki.demo.generator.programmes import PROGRAMMES

RATES = tomllib.loads(files("tasuki.demo.generator").joinpath("rates.toml").read_text("utf-8"))
DRAWN = {"51": findings.lung, "53": findings.stomach, "54": findings.cervix}
SCREENED = 20_000


@pytest.mark.parametrize("programme", DRAWN)
def test_as_many_need_a_detailed_examination_as_the_nation_reports(programme: str) -> None:
    random = Random(1)  # noqa: S311 — fictitious, and must repeat
    drawn = (
        DRAWN[programme](random, age=55, sex="2", examined=date(2025, 6, 2))[JUDGEMENT[programme]]
        for _ in range(SCREENED)
    )
    share = sum(one == "2" for one in drawn) / SCREENED
    assert share == pytest.approx(RATES["needs_detail"][programme], abs=RATES["needs_detail"]["within"])


def test_as_many_go_to_it_as_the_nation_reports() -> None:
    stated = {code: rate for code, rate in RATES["detail_taken"].items() if code != "within"}
    assert {one.code: one.taken_rate for one in PROGRAMMES if one.code in stated} == stated


def test_a_town_has_the_size_that_is_asked_for(tmp_path: Path) -> None:
    manifest = generate(tmp_path, seed=3, size=TownSize.SMALL, population=5_000)
    first, second = manifest.towns
    assert (first.residents, manifest.size) == (5_000, "5000")
    assert second.residents == pytest.approx(5_000 * 60 / 350, rel=0.01)
    # 71,500 of 350,000 in the ward; a seventieth of it as often.
    assert first.valid_results / first.residents == pytest.approx(72_010 / 350_000, rel=0.15)
