"""Who attends which screening when, steered so that a town ends with the number of results it should have."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tasuki.demo.generator import findings_cancer, findings_other
from tasuki.demo.generator.draws import Values
from tasuki.demo.generator.facilities import Facility, TownFacilities
from tasuki.demo.generator.mistakes import JUDGEMENT
from tasuki.demo.generator.people import Person
from tasuki.demo.generator.programmes import (
    FIRST_FISCAL_YEAR,
    LAST_FISCAL_YEAR,
    PROGRAMMES,
    YEAR_WEIGHTS,
    Programme,
    age_in_first_year,
)
from tasuki.demo.generator.result_files import Record, ResultFiles
from tasuki.demo.generator.towns import SizePlan

PRIMARY, DETAILED, BOTH = "1", "2", "3"
_INDIVIDUAL, _GROUP = "1", "2"
_ROWS_PER_ATTENDER = 3.6
_ADULT_SHARE = 0.8
_MOVER_RATE = 0.6
_SUNDAY = 6
_NEW_YEAR = {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
_WARM_UP_SHARE = 0.04
_LARGEST_MULTIPLIER = 4.0
_FINDINGS = {
    "51": findings_cancer.lung,
    "52": findings_cancer.breast,
    "53": findings_cancer.stomach,
    "54": findings_cancer.cervix,
    "55": findings_cancer.colorectal,
    "56": findings_other.hepatitis,
    "57": findings_other.osteoporosis,
    "58": findings_other.periodontal,
}
_CANCERS = frozenset({"51", "52", "53", "54", "55"})
_FEE_CLASSES = ("自己負担あり", "自己負担あり", "自己負担あり", "免除", "無料クーポン")


@dataclass(slots=True)
class _Steering:
    """Keeps one programme on course: compares what is still wanted with what the people to come will bring."""

    target: int
    done: int = 0
    offered: float = 0.0
    attempted: float = 0.0
    gained: int = 0

    def multiplier(self, seen: int, expected_people: int) -> float:
        """Say by how much to raise or lower the base rate now."""
        if seen < expected_people * _WARM_UP_SHARE or not self.gained:
            return 1.0
        # Some attempts fail, since the person did not live here yet, and some bring a detailed record too.
        rows_per_attempt = self.gained / self.attempted
        still_offered = self.offered / seen * max(expected_people - seen, 1)
        return min(max((self.target - self.done) / (still_offered * rows_per_attempt), 0.0), _LARGEST_MULTIPLIER)


class Screener:
    """Sends the people of one town to their screenings."""

    def __init__(
        self,
        *,
        plan: SizePlan,
        expected_people: int,
        facilities: TownFacilities,
        files: ResultFiles,
        reference_date: date,
        random: Random,
    ) -> None:
        """Take the plan to meet and where to write."""
        self._steering = {code: _Steering(target) for code, target in plan.results.items()}
        self._expected_people, self._seen = expected_people, 0
        self._facilities, self._files, self._random = facilities, files, random
        self._last_day = reference_date - timedelta(days=3)
        attenders = sum(plan.results.values()) / _ROWS_PER_ATTENDER
        self._attender_share = min(attenders / (_ADULT_SHARE * expected_people), 0.9)

    def offer(self, person: Person) -> None:
        """Offer every programme of every year to a resident; most never come."""
        self._seen += 1
        if self._random.random() >= self._attender_share:
            return
        first_age = age_in_first_year(person.born)
        for programme in PROGRAMMES:
            steering = self._steering[programme.code]
            rate = programme.base_rate * steering.multiplier(self._seen, self._expected_people)
            self._offer_programme(person, programme, first_age, rate, steering)

    def screen_mover(self, person: Person) -> int:
        """See that a person who later moved took part at least once, where any programme admits them."""
        first_age = age_in_first_year(person.born)
        taken = 0
        for programme in PROGRAMMES:
            taken += self._offer_programme(person, programme, first_age, programme.base_rate * _MOVER_RATE, None)
        if taken:
            return taken
        for programme in PROGRAMMES:
            taken = self._offer_programme(person, programme, first_age, 10.0, None)
            if taken:
                return taken
        return 0

    def _offer_programme(
        self, person: Person, programme: Programme, first_age: int, rate: float, steering: _Steering | None
    ) -> int:
        last_taken, taken = None, 0
        before = self._steering[programme.code].done
        for fiscal_year in range(FIRST_FISCAL_YEAR, LAST_FISCAL_YEAR + 1):
            age = first_age + fiscal_year - FIRST_FISCAL_YEAR
            if not programme.admits(age=age, sex=person.sex, fiscal_year=fiscal_year, last_taken=last_taken):
                continue
            weight = YEAR_WEIGHTS[fiscal_year]
            if steering is not None:
                steering.offered += programme.base_rate * weight
                steering.attempted += min(rate * weight, 1.0)
            if self._random.random() < rate * weight and self._take(person, programme, fiscal_year, age):
                last_taken, taken = fiscal_year, taken + 1
        if steering is not None:
            steering.gained += steering.done - before
        return taken

    def _take(self, person: Person, programme: Programme, fiscal_year: int, age: int) -> bool:
        """Write the primary record, and the detailed one if it came to that; nothing outside the residence."""
        examined = self._examined_on(person, fiscal_year)
        if examined is None:
            return False
        code, random = programme.code, self._random
        values = _FINDINGS[code](random, age=age, sex=person.sex, examined=examined)
        stage = PRIMARY
        needs_detail = _needs_detail(code, values)
        if needs_detail and code == "53" and findings_cancer.same_day_detail(random, values):
            stage, values = BOTH, values | _detailed(random, code)
        group = code in _CANCERS and random.random() < 0.25
        facility = self._facilities.centre if group else self._place(code)
        encounter = _GROUP if group else _INDIVIDUAL
        self._write(Record(person, code, fiscal_year, stage, examined, facility, encounter, self._fee(), 1, values))
        if needs_detail and stage == PRIMARY and random.random() < programme.taken_rate:
            self._take_detailed(person, code, fiscal_year, examined)
        return True

    def _take_detailed(self, person: Person, code: str, fiscal_year: int, primary: date) -> None:
        examined = primary + timedelta(days=10 + int(self._random.random() * 100))
        if not self._lives_here(person, examined):
            return
        hospitals = self._facilities.hospitals
        facility = hospitals[int(self._random.random() * len(hospitals))] if code != "58" else self._place(code)
        values = _detailed(self._random, code)
        fee = _FEE_CLASSES[0]
        self._write(Record(person, code, fiscal_year, DETAILED, examined, facility, _INDIVIDUAL, fee, 2, values))

    def _write(self, record: Record) -> None:
        self._steering[record.programme].done += 1
        self._files.write(record)

    def _examined_on(self, person: Person, fiscal_year: int) -> date | None:
        """Draw a day from April to the end of February on which the person lived in the town."""
        first = date(fiscal_year, 4, 1)
        span = min(330, (self._last_day - first).days)
        for _ in range(3):
            day = first + timedelta(days=int(self._random.random() * span))
            if (day.month, day.day) in _NEW_YEAR:
                day += timedelta(days=7)
            if day.weekday() == _SUNDAY:
                day += timedelta(days=1)
            if self._lives_here(person, day):
                return day
        return None

    def _lives_here(self, person: Person, day: date) -> bool:
        came = person.moved_in or person.born
        left = person.moved_out or person.died
        return came < day <= self._last_day and (left is None or day < left)

    def _place(self, code: str) -> Facility:
        places = self._facilities.dentists if code == "58" else self._facilities.clinics
        return places[int(self._random.random() * len(places))]

    def _fee(self) -> str:
        return _FEE_CLASSES[int(self._random.random() * len(_FEE_CLASSES))]


def _needs_detail(code: str, values: Values) -> bool:
    if code == "56":
        return values["9P615000000000011"] == "2" or values["9N401000000000011"] == "2"
    return values[JUDGEMENT[code]] == ("2" if code in _CANCERS else "3")


def _detailed(random: Random, code: str) -> Values:
    return findings_cancer.detailed(random, code) if code in _CANCERS else findings_other.detailed(random, code)
