"""The intermediate server as files show it: it believes an envelope only after counting, and answers inquiry files.

It shares no code with what writes the files but the layouts, which both sides are given.
"""

import csv
import hashlib
import io
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import pair_items

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
#: Line status, status of the data set, messages, and from which layout version on: what a server says of one line.
Status = tuple[str, str, str]


@dataclass
class IntermediateServer:
    """Takes what lies in `out`, in the order of its numbers, and puts results into `back`."""

    out: Path
    back: Path
    codes: Path
    replicas: dict[tuple[str, str, str, str], tuple[int, ET.Element]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    runs: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    last: int = 0

    def take_envelopes(self) -> None:
        for place in sorted(self.out.glob("*.envelope.xml")):
            if place.name not in self.taken:
                self.taken.add(place.name)
                self._take(ET.fromstring(place.read_bytes()))  # noqa: S314 — from the code under test

    def _take(self, cover: ET.Element) -> None:
        [file] = cover
        content = (self.out / file.attrib["Name"]).read_bytes()
        assert len(content) == int(file.attrib["Bytes"])
        assert hashlib.sha256(content).hexdigest() == file.attrib["Sha256"]
        assert int(cover.attrib["Previous"]) == self.last, "an envelope is missing"
        self.last = int(cover.attrib["Number"])
        self.runs.append(cover.attrib["RunKind"])
        records = list(ET.fromstring(content))  # noqa: S314 — the same
        assert len(records) == int(cover.attrib["Records"])
        deletions = [one for one in records if one.attrib["Act"] in ("delete", "forget", "forget-code")]
        assert len(deletions) == int(cover.attrib["Deletions"])
        for one in records:
            self._apply(one)

    def _apply(self, record: ET.Element) -> None:
        said = record.attrib
        person, act = said["UnifiedPersonNumber"], said["Act"]
        if act == "hold":
            self.held.add(person)
        elif act == "release":
            self.held.discard(person)
        elif act == "forget":
            self.replicas = {key: one for key, one in self.replicas.items() if key[0] != person}
            self.held.add(person)
        elif act in ("register", "delete"):
            key = (person, said["DataSet"], said["RecordKey"], said["LayoutVersion"])
            before, _ = self.replicas.get(key, (0, record))
            if int(said["Ordinal"]) >= before:
                self.replicas[key] = (int(said["Ordinal"]), record)

    def of(self, person: str, data_set: str) -> list[ET.Element]:
        """Return what is registered of a person, as it would be provided."""
        return [
            record[0]
            for (number, code, _, _), (_, record) in sorted(self.replicas.items())
            if (number, code) == (person, data_set) and len(record)
        ]

    def answer(self, file: Path, status: Callable[[dict[str, str]], Status | None] = lambda line: None) -> bytes:
        """Return the result file of an inquiry file: from what is registered, unless `status` says otherwise."""
        written = io.StringIO(newline="")
        writer = csv.writer(written, lineterminator="\r\n")
        for number, text in enumerate(file.read_bytes().decode("ascii").split("\r\n")[:-1], 1):
            cells = text.split(",")
            assert len(cells) == 18
            line = {
                "person": cells[1], "unified": cells[2], "inquirer": cells[6], "affair": cells[8],
                "procedure": cells[9], "provider": cells[12], "data_set": cells[13],
            }  # fmt: skip
            head = [str(int(file.name[:8])), str(number), line["inquirer"], line["person"], line["provider"]]
            for row in self._rows(line, status(line)):
                writer.writerow([*head, line["data_set"], *row])
        return written.getvalue().encode()

    def _rows(self, line: dict[str, str], status: Status | None) -> list[list[str]]:
        if status is not None:
            return [[status[0], status[2], status[1], "", "", "", ""]]
        found = self.of(line["unified"], line["data_set"])
        if not found:
            return [["00", "正常終了", "02", "副本なし", "20261127120500123", "", ""]]
        return [self._provided(line["data_set"], one) for one in found]

    def _provided(self, data_set: str, replica: ET.Element) -> list[str]:
        version = replica.attrib["Version"]
        [group] = replica
        names = tomllib.loads(self.codes.read_text("utf-8"))["element"]
        said = {one.tag: one for one in group}
        pairs: list[str] = []
        for item in pair_items(catalogue().layout_version(data_set, version)):
            one = said.get(names[item.element])
            is_nil = one is not None and one.get(NIL) == "true"
            pairs += [
                "" if one is None or is_nil else one.text or "",
                one.attrib["ReasonOfNull"] if is_nil and one is not None else "",
            ]
        day = group.attrib["TimeAndDateOfUpdate"].replace("-", "")
        return ["00", "正常終了", "00", "正常終了", "20261127120500123", version, day, *pairs]
