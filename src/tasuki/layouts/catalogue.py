"""The national layouts, loaded once, with every look-up the engine and its callers need."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from tasuki.layouts.errors import LayoutError
from tasuki.layouts.loading import load_allow_list, load_data_sets, load_items, load_tables, load_units
from tasuki.layouts.types import AllowEntry, CodeTable, DataSet, Item, LayoutVersion, Programme, Stage


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Every item, code table, data set and allow-list entry of the layouts in this release."""

    items: Mapping[str, Item]
    tables: Mapping[str, CodeTable]
    units: Mapping[str, tuple[str, str]]
    data_sets: Mapping[str, DataSet]
    one_of_groups: Mapping[Programme, frozenset[str]]
    _allow_list: Mapping[str, tuple[AllowEntry, ...]]
    _named: Mapping[tuple[Programme | None, str], Item]
    _spread: Mapping[tuple[Programme, Stage], tuple[DataSet, ...]]

    def item(self, code: str) -> Item:
        """Return the item with this code."""
        try:
            return self.items[code]
        except KeyError as error:
            raise LayoutError(f"no item has the code {code!r}") from error

    def item_named(self, programme: Programme | None, identifier: str) -> Item:
        """Return the item of a programme (None: of every record) with this English identifier."""
        try:
            return self._named[programme, identifier]
        except KeyError as error:
            raise LayoutError(f"programme {programme} has no item {identifier!r}") from error

    def items_of(self, programme: Programme | None, stage: Stage | None = None) -> tuple[Item, ...]:
        """Return the items of a programme in the order of the layout, of one stage or of both."""
        wanted = (None, Stage.BOTH)
        return tuple(
            item
            for item in self.items.values()
            if item.programme == programme and (stage in wanted or item.stage is stage)
        )

    def items_of_data_set(self, code: str) -> tuple[Item, ...]:
        """Return the items a data set is about, whether or not they may travel."""
        data_set = self.data_set(code)
        return self.items_of(data_set.programme, data_set.stage)

    def table(self, table_id: str) -> CodeTable:
        """Return the code table with this identifier."""
        try:
            return self.tables[table_id]
        except KeyError as error:
            raise LayoutError(f"no code table is called {table_id!r}") from error

    def data_set(self, code: str) -> DataSet:
        """Return the data set with this TM code."""
        try:
            return self.data_sets[code]
        except KeyError as error:
            raise LayoutError(f"no data set has the code {code!r}") from error

    def data_sets_for(self, programme: Programme, stage: Stage) -> tuple[DataSet, ...]:
        """Return the data sets a record of this programme and stage is spread over: one, or two for both stages."""
        return self._spread[programme, stage]

    def layout_version(self, data_set: str, number: str) -> LayoutVersion:
        """Return a layout version by its number."""
        for version in self.data_set(data_set).versions:
            if version.number == number:
                return version
        raise LayoutError(f"data set {data_set} has no layout version {number!r}")

    def versions_in_force(self, data_set: str, on: date) -> tuple[LayoutVersion, ...]:
        """Return the layout versions in force on a day, oldest first; several may be at once."""
        return tuple(
            version
            for version in self.data_set(data_set).versions
            if version.in_force_from <= on and (version.in_force_until is None or on < version.in_force_until)
        )

    def newest_version(self, data_set: str, on: date) -> LayoutVersion:
        """Return the newest layout version in force on a day.

        :raises LayoutError: when none is.
        """
        versions = self.versions_in_force(data_set, on)
        if not versions:
            raise LayoutError(f"data set {data_set} has no layout version in force on {on.isoformat()}")
        return versions[-1]

    def newest_numbers(self) -> dict[str, str]:
        """Return the newest layout version of each data set that this release reads, in force yet or not."""
        return {code: data_set.versions[-1].number for code, data_set in self.data_sets.items()}

    def allowed(self, version: LayoutVersion) -> tuple[AllowEntry, ...]:
        """Return what may travel in a layout version: the listed items that were in force on its first day."""
        return tuple(
            entry for entry in self._allow_list[version.data_set] if entry.item.in_force_from <= version.in_force_from
        )


def load_catalogue(folder: Traversable) -> Catalogue:
    """Load and check the layouts in a folder.

    :raises LayoutDataError: naming the file and the entry, when they are damaged or contradict each other.
    """
    tables, units = load_tables(folder), load_units(folder)
    items, one_of_groups = load_items(folder, tables, units)
    data_sets = load_data_sets(folder)
    return Catalogue(
        items=MappingProxyType(items),
        tables=MappingProxyType(tables),
        units=MappingProxyType(units),
        data_sets=MappingProxyType(data_sets),
        one_of_groups=MappingProxyType(one_of_groups),
        _allow_list=MappingProxyType(load_allow_list(folder, items, data_sets)),
        _named=MappingProxyType({(item.programme, item.identifier): item for item in items.values()}),
        _spread=MappingProxyType(
            {(programme, stage): _spread(data_sets, programme, stage) for programme in Programme for stage in Stage}
        ),
    )


def _spread(data_sets: Mapping[str, DataSet], programme: Programme, stage: Stage) -> tuple[DataSet, ...]:
    return tuple(
        data_set
        for data_set in data_sets.values()
        if data_set.programme == programme and stage in (data_set.stage, Stage.BOTH)
    )


@cache
def catalogue() -> Catalogue:
    """Return the layouts that ship with this release."""
    return load_catalogue(files("tasuki.layouts").joinpath("data"))
