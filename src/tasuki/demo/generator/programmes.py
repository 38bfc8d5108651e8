"""Who may take which programme, and how often they do, in the fictitious towns."""

from dataclasses import dataclass
from datetime import date

from tasuki.demo.generator.people import FEMALE
from tasuki.shared.dates import age_in_law

FIRST_FISCAL_YEAR, LAST_FISCAL_YEAR = 2021, 2026
# The first year follows the epidemic and the last has run for eight months.
YEAR_WEIGHTS = {2021: 0.85, 2022: 0.95, 2023: 1.0, 2024: 1.05, 2025: 1.1, 2026: 0.65}


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme as the towns run it.

    `base_rate` is the chance that someone who attends screenings at all takes part in a year they may;
    `taken_rate` the share of those sent to a detailed examination who go (national figures where published).
    """

    code: str
    women_only: bool
    first_age: int
    milestones: frozenset[int]
    interval_years: int
    base_rate: float
    taken_rate: float

    def admits(self, *, age: int, sex: str, fiscal_year: int, last_taken: int | None) -> bool:
        """Say whether a person of that age on the year's reference day may take part."""
        if (self.women_only and sex != FEMALE) or age < self.first_age:
            return False
        if self.milestones and age not in self.milestones:
            return False
        if self.code == "58" and age < 40 and fiscal_year < 2024:
            # Ages 20 and 30 joined the periodontal programme in 2024.
            return False
        return last_taken is None or fiscal_year - last_taken >= self.interval_years


_ONCE_IN_A_LIFE = 200
_BONE_AGES = frozenset({40, 45, 50, 55, 60, 65, 70})
_TEETH_AGES = frozenset({20, 30, 40, 50, 60, 70})

PROGRAMMES = (
    Programme("51", False, 40, frozenset(), 1, 0.35, 0.830),
    Programme("52", True, 40, frozenset(), 2, 0.70, 0.878),
    Programme("53", False, 50, frozenset(), 2, 0.32, 0.807),
    Programme("54", True, 20, frozenset(), 2, 0.50, 0.754),
    Programme("55", False, 40, frozenset(), 1, 0.40, 0.706),
    Programme("56", False, 40, frozenset(), _ONCE_IN_A_LIFE, 0.06, 0.600),
    Programme("57", True, 40, _BONE_AGES, 1, 0.70, 0.600),
    Programme("58", False, 20, _TEETH_AGES, 1, 0.40, 0.500),
)


def reference_day(fiscal_year: int) -> date:
    """Give the day on which age is counted for a fiscal year: its last."""
    return date(fiscal_year + 1, 3, 31)


def age_in_first_year(born: date) -> int:
    """Count the age on the first year's reference day, below zero for the unborn; later years add one each."""
    first = reference_day(FIRST_FISCAL_YEAR)
    if born > first:
        return -age_in_law(first, born) - 1
    return age_in_law(born, first)
