"""Writes one town household by household, so that a whole ward never stands in memory."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from tasuki.demo.generator.facilities import TownFacilities
from tasuki.demo.generator.households import HouseholdBuilder
from tasuki.demo.generator.manifest import TownFacts
from tasuki.demo.generator.mistakes import MistakeKind, MistakeMaker
from tasuki.demo.generator.movers import Mover
from tasuki.demo.generator.participation import BOTH, DETAILED, PRIMARY, Screener
from tasuki.demo.generator.people import Person
from tasuki.demo.generator.programmes import PROGRAMMES
from tasuki.demo.generator.result_files import MistakePlace, ResultFiles
from tasuki.demo.generator.towns import SizePlan, Town
from tasuki.demo.generator.writers import REGISTER_HEADER, FileFacts, HashedFile, register_row

Progress = Callable[[str, int, int], None]
"""Called with the phase, how much is done and how much there is."""

_MISTAKE_SHARE = 0.005
_PROGRESS_STEP = 10_000


@dataclass(slots=True)
class WrittenTown:
    """What writing a town leaves behind."""

    facts: TownFacts
    files: list[FileFacts]
    mistakes: list[MistakePlace]


@dataclass(slots=True)
class TownWriter:
    """Everything one town is written with."""

    folder: Path
    town: Town
    plan: SizePlan
    builder: HouseholdBuilder
    facilities: TownFacilities
    reference_date: date
    random: Random
    jlis: HashedFile
    progress: Progress | None
    counts: Counter[str] = field(default_factory=Counter)
    written: int = 0
    next_number: int = 0

    def write(self, leaving: list[list[Mover]], arriving: list[list[Mover]]) -> WrittenTown:
        """Write the register and the result files: those who left first, who came last at the end."""
        arrived = sum(len(household) for household in arriving)
        staying = self.plan.residents - arrived
        others = staying + self.plan.moved_out + self.plan.died
        mistakes = MistakeMaker(self._rows_between_mistakes())
        files = ResultFiles(folder=self.folder, town_key=self.town.key, mistakes=mistakes, random=self.random)
        screener = Screener(
            plan=self.plan, expected_people=others, facilities=self.facilities, files=files,
            reference_date=self.reference_date, random=self.random,
        )  # fmt: skip
        self.next_number = self.town.first_person_number
        with HashedFile(self.folder, f"{self.town.key}/register.csv", encoding="utf-8", newline="\n") as register:
            register.write_row(REGISTER_HEADER)
            self._write_leaving(leaving, register, screener)
            for household in self._other_households(staying):
                self._register(household, register, to_jlis=True)
                for person in household:
                    screener.offer(person)
                self._report(others)
            for movers in arriving:
                # Their former town has told J-LIS of them: each person is there once.
                self._register([mover.present for mover in movers], register, to_jlis=False)
            facts = [register.close(), *files.close()]
        self.counts["residents"] = staying + arrived
        return WrittenTown(self._facts(files, mistakes), facts, files.mistake_places)

    def _write_leaving(self, leaving: list[list[Mover]], register: HashedFile, screener: Screener) -> None:
        for movers in leaving:
            self._register([mover.former for mover in movers], register, to_jlis=True)
            for mover in movers:
                mover.results = screener.screen_mover(mover.former) if mover.screened else 0
                self.counts["movers_out"] += 1
                self.counts["movers_out_without_results"] += mover.results == 0

    def _other_households(self, staying: int) -> Iterator[list[Person]]:
        """Draw residents, departed and dead in a mix, each to its exact number."""
        build = {
            "residents": self.builder.resident_household,
            "departed": self.builder.departed_household,
            "died": self.builder.deceased_person,
        }
        left = {"residents": staying, "departed": self.plan.moved_out, "died": self.plan.died}
        total = sum(left.values())
        while total:
            (kind,) = self.random.choices(list(left), list(left.values()))
            household = build[kind]()[: left[kind]]
            left[kind] -= len(household)
            total -= len(household)
            self.counts[kind] += len(household)
            yield household

    def _register(self, household: list[Person], register: HashedFile, *, to_jlis: bool) -> None:
        width = self.town.person_number_width
        household_number = ""
        for person in household:
            self.next_number += 1 + int(self.random.random() * 3)
            person.system_number = f"{self.next_number:0{width}d}"
            household_number = household_number or f"5{self.next_number:0{width}d}"
            person.household_number = household_number
            self.counts["protected"] += person.protected_from is not None
            register.write_row(register_row(person))
            if to_jlis:
                self.jlis.write_row((person.individual_number, person.resident_record_code))

    def _report(self, total: int) -> None:
        done = self.counts["residents"] + self.counts["departed"] + self.counts["died"]
        if self.progress is not None and (done // _PROGRESS_STEP > self.written // _PROGRESS_STEP or done == total):
            self.progress(self.town.key, done, total)
        self.written = done

    def _rows_between_mistakes(self) -> int:
        rows = sum(self.plan.results.values())
        return rows // max(int(rows * _MISTAKE_SHARE), 3 * len(MistakeKind))

    def _facts(self, files: ResultFiles, mistakes: MistakeMaker) -> TownFacts:
        valid = files.valid
        return TownFacts(
            key=self.town.key,
            code=self.town.code,
            name=self.town.name,
            residents=self.counts["residents"],
            departed=self.counts["departed"],
            died=self.counts["died"],
            protected=self.counts["protected"],
            movers_out=self.counts["movers_out"],
            movers_out_without_results=self.counts["movers_out_without_results"],
            same_name_pairs=self.builder.counts["same_name_pairs"],
            twin_pairs=self.builder.counts["twin_pairs"],
            valid_primary={p.code: valid[p.code, PRIMARY] + valid[p.code, BOTH] for p in PROGRAMMES},
            valid_detailed={p.code: valid[p.code, DETAILED] for p in PROGRAMMES},
            mistakes={kind.value: mistakes.counts[kind] for kind in MistakeKind},
        )
