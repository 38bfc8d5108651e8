"""Generates the fictitious towns as files: same seed and size, same bytes."""

from pathlib import Path
from random import Random

from tasuki.demo.generator.facilities import build_facilities
from tasuki.demo.generator.households import HouseholdBuilder
from tasuki.demo.generator.manifest import Highlight, Manifest
from tasuki.demo.generator.movers import Mover, build_moving_households
from tasuki.demo.generator.names import NamePool
from tasuki.demo.generator.people import NumberDealer
from tasuki.demo.generator.town_writer import Progress, TownWriter, WrittenTown
from tasuki.demo.generator.towns import SizePlan, Town, TownSet, TownSize, load_towns
from tasuki.demo.generator.writers import JLIS_HEADER, HashedFile, write_facilities

Movers = dict[str, list[list[Mover]]]
"""Moving households by the key of the town they left."""


def generate(
    folder: Path, *, seed: int, size: TownSize, progress: Progress | None = None, population: int | None = None
) -> Manifest:
    """Write two towns' registers and result files, J-LIS's table, the facilities and a manifest into a folder.

    The phases that `progress` is told of are the towns' keys, and what is counted is people. The manifest is written
    last: a folder without one is unfinished. The folder's other content is left alone.

    :param population: how many residents the first town has, instead of a size; everything else in proportion.
    """
    towns = load_towns()
    former, present = towns.populated
    share = None if population is None else population / former.plans[TownSize.FULL].residents
    random = Random(seed)  # noqa: S311 - fictitious data, and must repeat
    names, dealer = NamePool(), NumberDealer(random.randrange(1_000_000))
    builders = {
        town.key: HouseholdBuilder(town=town, towns=towns, names=names, dealer=dealer, random=random)
        for town in towns.populated
    }
    movers = {
        former.key: _movers(former, present, builders, towns, former.plan(size, share), random),
        present.key: _movers(present, former, builders, towns, present.plan(size, share), random),
    }
    facilities = {town.key: build_facilities(town, index) for index, town in enumerate(towns.populated, start=1)}
    with HashedFile(folder, "jlis/register.csv", encoding="utf-8", newline="\n") as jlis:
        jlis.write_row(JLIS_HEADER)
        written: list[WrittenTown] = []
        for town, other in ((former, present), (present, former)):
            writer = TownWriter(
                folder=folder, town=town, plan=town.plan(size, share), builder=builders[town.key],
                facilities=facilities[town.key], reference_date=towns.reference_date, random=random, jlis=jlis,
                progress=progress,
            )  # fmt: skip
            written.append(writer.write(movers[town.key], movers[other.key]))
        shared_files = [jlis.close()]
    shared_files.append(write_facilities(folder, (place for group in facilities.values() for place in group.all)))
    manifest = Manifest(
        seed=seed,
        size=size.value if population is None else str(population),
        reference_date=towns.reference_date.isoformat(),
        towns=tuple(result.facts for result in written),
        highlights=(*_highlights(movers, former, present), *_highlights(movers, present, former)),
        files=tuple(file for result in written for file in result.files) + tuple(shared_files),
        mistakes=tuple(place for result in written for place in result.mistakes),
    )
    manifest.write(folder)
    return manifest


def _movers(
    former: Town, present: Town, builders: dict[str, HouseholdBuilder], towns: TownSet, plan: SizePlan, random: Random
) -> list[list[Mover]]:
    return build_moving_households(
        former=former,
        present=present,
        builder=builders[former.key],
        count=plan.movers_out,
        reference_date=towns.reference_date,
        random=random,
    )


def _highlights(movers: Movers, former: Town, present: Town) -> list[Highlight]:
    """Pick one person for each story a demonstration tells."""
    people = [mover for household in movers[former.key] for mover in household]
    stories = {
        "most_results": max(people, key=lambda mover: mover.results if mover.former.protected_from is None else -1),
        "protected_with_results": max(
            people, key=lambda mover: mover.results if mover.former.protected_from is not None else -1
        ),
        "never_screened": next(mover for mover in people if mover.results == 0),
        "respelled_name": max(people, key=lambda mover: (mover.former.name != mover.present.name, mover.results)),
    }
    return [
        Highlight(story, former.key, mover.former.system_number, present.key, mover.present.system_number)
        for story, mover in stories.items()
    ]
