"""Files to the intermediate server: their bytes, their order, and that none is written twice, by halves or uncoded."""

import inspect
import json
from pathlib import Path

import pytest

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica_plan import plan_of
from tasuki.linkage.gateway_client import file_ledger
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.gateway_client.files import FileLink
from tasuki.linkage.gateway_client.official_codes import CodesUnfilled, CodesUnusable, official_codes
from tasuki.linkage.inquiry_files import Directory, read_inquiry_file
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import CodeForgotten, Forgotten, Hold
from tests.fakes.intermediate_server import IntermediateServer
from tests.unit.linkage.file_town import (
    AT,
    BREAST,
    GOLDEN,
    JIRO,
    LUNG,
    OWN,
    SAPPORO,
    TARO,
    FileTown,
    inquiry,
    lung,
    replica,
)


def test_the_bytes_are_those_that_were_agreed(town: FileTown) -> None:
    town.link.set_holds(
        [
            Hold(institution=OWN, unified_person_numbers=[TARO], hold=False),
            Hold(institution=OWN, unified_person_numbers=[JIRO], hold=True, non_disclosure=True),
        ]
    )
    town.link.register_replicas([replica(TARO, 1, lung()), replica(JIRO, 2, None)])
    town.link.forget_people([Forgotten(institution=OWN, unified_person_number=JIRO)])
    town.link.forget_codes([CodeForgotten(institution=OWN, unified_person_number=JIRO, deleted_at=AT)])
    town.asks(inquiry(0, TARO, (LUNG, BREAST)), inquiry(1, JIRO, non_disclosure=True))
    wanted = {place.name: place.read_bytes() for place in GOLDEN.iterdir() if place.name[0] == "0"}
    assert town.names() == sorted(wanted)
    assert {name: (town.out / name).read_bytes() for name in town.names()} == wanted


def test_every_method_is_that_of_the_other_dialect() -> None:
    acts = [name for name, value in vars(GatewayLink).items() if callable(value) and not name.startswith("_")]
    assert len(acts) > 18
    for name in acts:
        assert inspect.signature(getattr(FileLink, name)) == inspect.signature(getattr(GatewayLink, name)), name


def test_a_server_finds_what_was_written(town: FileTown, server: IntermediateServer) -> None:
    town.most_records = 2
    town.link.set_holds([Hold(institution=OWN, unified_person_numbers=[JIRO], hold=True)])
    rows = [replica(TARO, ordinal, lung(year=2015 + ordinal), year=2015 + ordinal) for ordinal in range(1, 6)]
    town.link.register_replicas(rows)
    server.take_envelopes()
    assert (server.held, len(server.of(TARO, LUNG)), server.last) == ({JIRO}, 5, 4)
    town.link.register_replicas([replica(TARO, 6, None, year=2016)])
    server.take_envelopes()
    assert len(server.of(TARO, LUNG)) == 4


def test_a_list_told_twice_is_written_once(town: FileTown) -> None:
    rows = [replica(TARO, 1, lung())]
    town.link.register_replicas(rows)
    before = town.names()
    town.link.register_replicas(rows)
    assert town.names() == before
    town.link.register_replicas([replica(TARO, 2, lung())])
    assert len(town.names()) == len(before) + 2


def test_an_inquiry_told_twice_is_written_once(town: FileTown) -> None:
    town.asks(inquiry(0))
    town.asks(inquiry(0), inquiry(1))
    lines = [line for name in town.names() for line in (town.out / name).read_text().splitlines()]
    assert len(lines) == 2


@pytest.mark.parametrize("dies_at", ["write_durably", "sync_folder", "note", "rename"])
def test_wherever_a_writer_dies_the_next_one_leaves_whole_files_once(
    town: FileTown, server: IntermediateServer, dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    where = {"note": file_ledger.Ledger, "rename": Path}.get(dies_at, file_ledger)
    with monkeypatch.context() as dying:
        dying.setattr(where, dies_at, die)
        with pytest.raises(KeyboardInterrupt):
            town.link.register_replicas([replica(TARO, 1, lung())])
    town.link.register_replicas([replica(TARO, 1, lung())])
    assert town.names() == ["00000001-replicas.envelope.xml", "00000001-replicas.xml"]
    server.take_envelopes()
    assert len(server.of(TARO, LUNG)) == 1


def test_a_torn_line_of_the_ledger_is_cut_off(town: FileTown) -> None:
    town.link.register_replicas([replica(TARO, 1, lung())])
    with (town.folder / "ledger" / "ledger.jsonl").open("ab") as ledger:
        ledger.write(b'{"step":"writ')
    town.link.register_replicas([replica(TARO, 2, lung())])
    assert [one["number"] for one in town.link.written()] == [1, 2]


def test_what_carries_no_file_is_refused_and_writes_nothing(town: FileTown) -> None:
    with pytest.raises(ExchangeFailed, match="do not carry held inquiries") as refused:
        town.link.held(OWN)
    assert not refused.value.may_retry
    assert town.names() == []


def test_a_folder_that_cannot_be_written_is_a_failure_that_may_be_retried(town: FileTown) -> None:
    town.out.write_text("a file where a folder should be")
    with pytest.raises(ExchangeFailed, match="a folder cannot be used") as failed:
        town.link.register_replicas([replica(TARO, 1, lung())])
    assert failed.value.may_retry
    assert str(town.folder) not in str(failed.value)


# --- placeholders ---


def test_every_placeholder_that_replicas_need_is_named_at_once(town: FileTown) -> None:
    town.codes = None
    with pytest.raises(CodesUnfilled) as refused:
        town.link.register_replicas([replica(TARO, 1, lung()), replica(JIRO, 2, None)])
    plan = plan_of(catalogue().layout_version(LUNG, "1"))
    assert refused.value.missing == tuple(sorted(f"element.{one}" for one in [plan.group, *plan.by_element]))
    assert refused.value.may_retry, "what was to be written waits for the codes"
    assert town.names() == []


def test_holds_told_again_while_codes_are_missing_fill_no_folder(town: FileTown) -> None:
    holds = [Hold(institution=OWN, unified_person_numbers=[one], hold=True) for one in (TARO, JIRO)]
    town.most_records = 1
    for _ in range(3):
        town.link.set_holds(holds)
    assert len(town.names()) == 4
    town.link.register_replicas([replica(TARO, 1, lung())])
    town.link.set_holds(holds)
    assert len(town.names()) == 10, "after something else it is news again"


def test_a_deletion_needs_no_element(town: FileTown) -> None:
    town.codes = None
    town.link.register_replicas([replica(JIRO, 2, None)])
    assert len(town.names()) == 2


def test_every_placeholder_that_inquiries_need_is_named_at_once(town: FileTown) -> None:
    town.codes = None
    with pytest.raises(CodesUnfilled) as refused:
        town.asks(inquiry(0))
    names = ("inquiry.affair", "inquiry.department", "inquiry.number_system", "inquiry.user")
    assert refused.value.missing == (*names, "procedure.JT99990000000141")
    assert town.names() == []


def test_the_shipped_map_names_every_element_and_fills_none_in() -> None:
    codes = official_codes(None)
    elements = {
        one
        for data_set in catalogue().data_sets.values()
        for version in data_set.versions
        for one in [plan_of(version).group, *plan_of(version).by_element]
    }
    assert {name.removeprefix("element.") for name in codes.values if name.startswith("element.")} == elements
    assert set(codes.values.values()) == {""}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[element]\nX_NOBODY = "A"', "element.X_NOBODY is not in the shipped map"),
        ('[element]\nX_TAKEN = "1A"', "element.X_TAKEN has not the form"),
        ("[element]\nX_TAKEN = 7", "element.X_TAKEN has not the form"),
        ('[element]\nX_TAKEN = "A"\nX_SEQUENCE = "A"', "have the same code A"),
        ('[inquiry]\naffair = "JM1"', "inquiry.affair has not the form"),
        ('[inquiry]\nuser = "a,b"', "inquiry.user has not the form"),
        ('[element_of.TM00000000000001]\nX_TAKEN = "A"', "is not in the shipped map"),
        ("[element", "cannot be read"),
    ],
)
def test_a_file_of_codes_that_cannot_be_right_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    own = tmp_path / "codes.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(CodesUnusable, match=reason):
        official_codes(own)


def test_one_data_set_may_have_a_code_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "codes.toml"
    own.write_text(f'[element]\nX_TAKEN = "A1"\n[element_of.{BREAST}]\nX_TAKEN = "B1"\n', encoding="utf-8")
    codes = official_codes(own)
    taken = [codes.elements(catalogue().layout_version(data_set, "1"))["X_TAKEN"] for data_set in (LUNG, BREAST)]
    assert taken == ["A1", "B1"]


# --- inquiries ---


def test_our_own_reader_reads_what_is_written(town: FileTown) -> None:
    town.asks(inquiry(0, TARO, (LUNG, BREAST)), inquiry(1, JIRO, non_disclosure=True))
    [name] = town.names()
    directory = Directory(OWN, {"011002": SAPPORO}, frozenset(catalogue().data_sets))
    read = read_inquiry_file((town.out / name).read_bytes(), directory)
    assert isinstance(read, list)
    assert [(one.problem, one.person, one.unified_person, one.data_set, one.non_disclosure) for one in read] == [
        ("", "000000000104223", TARO, LUNG, False),
        ("", "000000000104223", TARO, BREAST, False),
        ("", "000000000104224", JIRO, LUNG, True),
    ]
    assert {(one.provider, one.procedure) for one in read} == {(SAPPORO, "JT99999999999999")}


def test_no_file_has_more_lines_than_it_may_and_no_inquiry_is_torn(town: FileTown) -> None:
    sets = sorted(catalogue().data_sets)[:16]
    ids = [f"01960000-0000-7000-8000-{number:012}" for number in range(626)]
    town.asks(*(inquiry(0, data_sets=sets, transaction_number=one) for one in ids))
    assert [len((town.out / name).read_bytes().splitlines()) for name in town.names()] == [10_000, 16]


def test_a_person_whose_number_fits_no_field_is_not_asked_about_and_the_others_are(town: FileTown) -> None:
    town.numbers = {TARO: ["A-17"], JIRO: ["0104224"]}
    told = town.link.inquire([inquiry(0, TARO), inquiry(1, JIRO)])
    assert [one.state.value for one in told] == ["failed", "sent"]
    assert "A-17" not in json.dumps([one.reason for one in told])


def test_files_are_for_their_owner_only(town: FileTown) -> None:
    town.link.register_replicas([replica(TARO, 1, lung())])
    town.asks(inquiry(0))
    kept = [place for place in town.folder.rglob("*") if place.is_file() and place.name != "lock"]
    assert len(kept) == 5
    assert {place.stat().st_mode & 0o077 for place in kept} == {0}
