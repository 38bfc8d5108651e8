"""Steps through a document that may be of any shape: every wrong type is noted with its path, and nothing is raised."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tasuki.layouts.dates import days_meant
from tasuki.layouts.fhir.names import fhir_rules
from tasuki.layouts.fhir.strict_json import Number
from tasuki.layouts.fhir.types import FhirProblem
from tasuki.layouts.types import Severity

_LONGEST_SHOWN: Final = 80
#: Never more than this is said of one document: a hostile one has a million faults.
MOST_PROBLEMS: Final = 200
MOST_ELEMENTS: Final = 2000


def problem(rule_id: str, path: str, *, value: str = "", item: str | None = None, fact: object = "") -> FhirProblem:
    """Word a problem of a document; `fact` is what its wording names, such as a limit."""
    rule = fhir_rules()[rule_id]
    return FhirProblem(
        rule=rule.id,
        path=path,
        severity=rule.severity,
        message_ja=rule.message_ja.format(fact=fact),
        message_en=rule.message_en.format(fact=fact),
        remedy_ja=rule.remedy_ja,
        remedy_en=rule.remedy_en,
        value=value[:_LONGEST_SHOWN],
        item=item,
        fact=str(fact),
    )


@dataclass(slots=True)
class Findings:
    """What was found wrong so far. `item` is the item being read; `unreadable` are those with an error."""

    problems: list[FhirProblem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    item: str | None = None

    def add(self, rule_id: str, path: str, value: str = "", fact: object = "") -> None:
        """Note a problem; an error about an item makes the item unreadable."""
        found = problem(rule_id, path, value=value, item=self.item, fact=fact)
        if self.item is not None and found.severity is Severity.ERROR:
            self.unreadable.add(self.item)
        if len(self.problems) < MOST_PROBLEMS or (found.severity == "error" and len(self.problems) < 2 * MOST_PROBLEMS):
            self.problems.append(found)


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object at a place of the document."""

    value: dict[str, Any]
    path: str
    found: Findings

    def has(self, name: str) -> bool:
        """Say whether an element is there at all."""
        return self.value.get(name) is not None

    def note(self, rule_id: str, name: str = "", value: str = "", fact: object = "") -> None:
        """Note a problem of this object, or of an element of it."""
        self.found.add(rule_id, f"{self.path}.{name}" if name else self.path, value, fact)

    def text(self, name: str) -> str:
        """Return a text, or nothing where there is none or it is something else."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or isinstance(value, Number):
            self.note("fhir_wrong_type", name, fact="text")
            return ""
        return value

    def number(self, name: str) -> str:
        """Return a number as it is written."""
        value = self.value.get(name)
        if value is None:
            return ""
        if not isinstance(value, Number):
            self.note("fhir_wrong_type", name, fact="number")
            return ""
        return str(value)

    def object(self, name: str) -> "Node | None":
        """Return an object."""
        value = self.value.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.note("fhir_wrong_type", name, fact="object")
            return None
        return Node(value, f"{self.path}.{name}", self.found)

    def objects(self, name: str) -> "Iterator[Node]":
        """Give the objects of a list."""
        value = self.value.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            self.note("fhir_wrong_type", name, fact="list")
            return
        if len(value) > MOST_ELEMENTS:
            self.note("fhir_too_many", name, fact=MOST_ELEMENTS)
            return
        for number, one in enumerate(value):
            if isinstance(one, dict):
                yield Node(one, f"{self.path}.{name}[{number}]", self.found)
            else:
                self.note("fhir_wrong_type", f"{name}[{number}]", fact="object")

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list."""
        value = self.value.get(name, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return list(value)
        self.note("fhir_wrong_type", name, fact="list of text")
        return []

    def codings(self, name: str) -> "list[Node]":
        """Return the codings of a concept."""
        concept = self.object(name)
        return [] if concept is None else list(concept.objects("coding"))

    def extension(self, url: str) -> "Node | None":
        """Return the extension with an address; of several the first, with a note of the others."""
        found = [one for one in self.objects("extension") if one.text("url") == url]
        if len(found) > 1:
            self.note("fhir_two_values", "extension", url)
        return found[0] if found else None

    def check_modifiers(self) -> None:
        """Note what changes the meaning of this resource in a way nobody here knows."""
        for name in ("modifierExtension", "implicitRules"):
            if self.has(name):
                self.note("fhir_modifier", name)


def day_of(holder: Node, name: str) -> str:
    """Return the day of a date or time, as precise as it is known; one that is none is noted and given as it stands."""
    written = holder.text(name)
    day = written.partition("T")[0]
    if written and days_meant(day) is None:
        holder.note("fhir_wrong_type", name, written, fact="date")
        return written
    return day
