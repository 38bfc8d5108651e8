"""What tests of the file dialect share: a town, its folders, its records and inquiries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import serialise
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage.gateway_client.file_inbox import FileTaken
from tasuki.linkage.gateway_client.files import FileLink
from tasuki.nodes.types import GatewayFiles
from tasuki.protocol.messages import AnswerRead, Inquiry, InquiryAsked
from tasuki.protocol.replica_messages import WrittenSheet
from tests.fakes.intermediate_server import IntermediateServer
from tests.sheets import sheet

GOLDEN = Path(__file__).parents[2] / "golden" / "files"
AT = datetime(2026, 11, 27, 3, 4, 5, 678000, tzinfo=UTC)
OWN, SAPPORO = "1000000000000001", "0201100200000000"
LUNG, BREAST = "TM00000000000090", "TM00000000000092"
TARO, JIRO = "000000000000101", "000000000000102"
NUMBERS = {TARO: ["0104223"], JIRO: ["0104224"]}
TRANSACTIONS = [f"01960000-0000-7000-8000-{number:012}" for number in range(1, 30)]


@dataclass
class FileTown:
    folder: Path
    codes: Path | None = GOLDEN / "codes.toml"
    most_records: int = 5_000
    numbers: dict[str, Sequence[str]] = field(default_factory=lambda: dict(NUMBERS))
    at: datetime = AT
    recorded: list[FileTaken] = field(default_factory=list)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def back(self) -> Path:
        return self.folder / "in"

    @property
    def link(self) -> FileLink:
        files = GatewayFiles(out_folder=self.out, in_folder=self.back, codes=self.codes, most_records=self.most_records)
        return FileLink(
            files, self.folder / "ledger", OWN, lambda people: self.numbers, lambda: self.at, self.recorded.append
        )

    def server(self) -> IntermediateServer:
        return IntermediateServer(self.out, self.back, GOLDEN / "codes.toml")

    def names(self) -> list[str]:
        return sorted(place.name for place in self.out.iterdir()) if self.out.exists() else []

    def arrives(self, name: str, content: bytes) -> None:
        self.back.mkdir(exist_ok=True)
        (self.back / name).write_bytes(content)

    def asks(self, *inquiries: Inquiry) -> None:
        self.link.inquire(list(inquiries))

    def stands(self, *transactions: str) -> list[str]:
        items = [InquiryAsked(institution=OWN, transaction_number=one) for one in transactions]
        return [one.state.value for one in self.link.inquiry_status(items)]

    def reads(self, *transactions: str) -> None:
        self.link.answers_read([AnswerRead(institution=OWN, transaction_number=one) for one in transactions])


def lung(facility: str = "模擬町診療所 <A&B>", year: int = 2025) -> ScreeningRecord:
    items = {"9P502000000000011": "1", "9P504000000000011": "1"}
    return ScreeningRecord(Programme.LUNG, Stage.PRIMARY, year, 1, f"{year}-07-24", None, "1", None, facility, items)


def replica(person: str, ordinal: int, record: ScreeningRecord | None, *, year: int = 2025) -> WrittenSheet:
    """Return a sheet as `carrying` makes it; without a record, one that deletes."""
    version = catalogue().layout_version(LUNG, "1")
    payload = "" if record is None else serialise(record, layout_version=version, updated_on=date(2026, 4, 1)).decode()
    return sheet(
        institution=OWN, unified_person_number=person, data_set=LUNG, record_key=f"{year}-01", ordinal=ordinal,
        published_from=date(2026, 11, 27), payload=payload,
    )  # fmt: skip


def inquiry(number: int, person: str = TARO, data_sets: Sequence[str] = (LUNG,), **changes: Any) -> Inquiry:
    values: dict[str, Any] = {
        "transaction_number": TRANSACTIONS[number], "institution": OWN, "unified_person_number": person,
        "provider": SAPPORO, "data_sets": list(data_sets), "procedure": "JT99990000000141",
        "department": "健康づくり課", "requested_at": AT,
    }  # fmt: skip
    return Inquiry(**values | changes)
