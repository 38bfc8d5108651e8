"""Results of the intermediate server: good lines are taken, bad ones set aside by name, and none is read twice."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.layouts.replica import parse
from tasuki.linkage.gateway_client.file_ledger import Ledger, digest
from tasuki.linkage.result_files import Asked, ResultLine, SetAside, read_result_file
from tasuki.network.permitted import permissions
from tasuki.protocol.messages import InquiryAsked
from tasuki.protocol.transitions import table
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
    TRANSACTIONS,
    FileTown,
    inquiry,
    lung,
    replica,
)

T0, T1 = TRANSACTIONS[:2]


def asked_file(town: FileTown, server: IntermediateServer, *about: str) -> bytes:
    """Register TARO's screening, ask about people, and return what the server answers."""
    town.link.register_replicas([replica(TARO, 1, lung())])
    town.asks(*(inquiry(number, person) for number, person in enumerate(about)))
    server.take_envelopes()
    return server.answer(town.out / "00000002-inquiries.csv")


def set_aside(town: FileTown, name: str) -> list[tuple[str, str]]:
    """Return which lines and fields the list beside a file that was set aside names."""
    [place] = (town.back / "rejected").glob(f"*-{name}.problems.csv")
    rows = list(csv.reader(io.StringIO(place.read_text("utf-8-sig"))))[1:]
    assert all(ja and en for _, _, ja, en in rows)
    return [(line, field) for line, field, _, _ in rows]


def test_the_server_answers_in_the_bytes_that_were_agreed(town: FileTown, server: IntermediateServer) -> None:
    assert asked_file(town, server, TARO, JIRO) == (GOLDEN / "results.csv").read_bytes()


def test_what_was_registered_comes_back_as_the_answer(town: FileTown, server: IntermediateServer) -> None:
    town.arrives("r.csv", asked_file(town, server, TARO, JIRO))
    items = [InquiryAsked(institution=OWN, transaction_number=one) for one in (T0, T1)]
    found, nothing = town.link.inquiry_status(items)
    assert (found.state.value, nothing.state.value) == ("received", "no_replica")
    assert found.provided_at is not None
    assert found.provided_at.isoformat() == "2026-11-27T03:05:00.123000+00:00"
    [payload] = found.answers[0].payloads
    assert payload == replica(TARO, 1, lung()).replicas[0][-1]
    assert parse(payload.encode()).facility_name == "模擬町診療所 <A&B>"
    assert list(town.back.glob("*.csv")) == []


def test_an_inquiry_waits_until_every_line_is_answered(town: FileTown, server: IntermediateServer) -> None:
    town.asks(inquiry(0, data_sets=(LUNG, BREAST)))
    lines = server.answer(town.out / "00000001-inquiries.csv").splitlines(keepends=True)
    town.arrives("a.csv", lines[0])
    assert town.stands(T0) == ["sent"]
    town.arrives("b.csv", lines[1])
    assert town.stands(T0) == ["no_replica"]


def test_what_was_read_is_gone_and_is_not_read_again(town: FileTown, server: IntermediateServer) -> None:
    content = asked_file(town, server, TARO, JIRO)
    town.arrives("r.csv", content)
    assert town.stands(T0) == ["received"]
    town.reads(T0)
    assert town.stands(T1) == ["no_replica"], "the other inquiry of the file still waits"
    town.reads(T1)
    left = [place.read_bytes() for place in town.folder.glob("ledger/**/*") if place.is_file()]
    assert not any("模擬町診療所".encode() in one or b"0104223" in one for one in left)
    town.arrives("again.csv", content)
    [taken] = town.link.take_in()
    assert [(one.line, one.problem) for one in taken.set_aside] == [(0, "repeated")]
    town.arrives("changed.csv", content.splitlines(keepends=True)[0])
    [taken] = town.link.take_in()
    assert [(one.line, one.problem) for one in taken.set_aside] == [(1, "answered_before")]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (("11", "", "指定された団体内統合宛名番号「…」は符号が未取得です。"), "own_code_missing"),
        (("12", "", "「レコード識別番号」が既に存在しています。"), "failed"),
        (("13", "", "指定された特定個人情報名の照会は許可されていません。"), "refused_no_legal_basis"),
        (("00", "01", "正常終了"), "not_screened"),
        (("00", "03", "正常終了"), "withheld"),
        (("00", "04", "正常終了"), "lapsed"),
        (("00", "05", "正常終了"), "provider_has_no_code"),
        (("00", "07", "正常終了"), "other_layout"),
    ],
)
def test_each_status_is_an_end(
    town: FileTown, server: IntermediateServer, status: tuple[str, str, str], state: str
) -> None:
    town.asks(inquiry(0))
    town.arrives("r.csv", server.answer(town.out / "00000001-inquiries.csv", lambda line: status))
    assert town.stands(T0) == [state]


HOSTILE = {
    "wrong encoding": (lambda good: good.replace("正常終了".encode(), "正常終了".encode("cp932")), ("", "")),
    "nothing in it": (lambda good: b"\r\n", ("", "")),
    "cut off": (lambda good: good[:-9], ("2", "")),
    "cut off before its end": (lambda good: good[:-2], ("2", "")),
    "a line twice": (lambda good: good + good.splitlines(keepends=True)[1], ("3", "")),
    "another institution's": (lambda good: _at(good, 2, OWN), ("2", "inquirer")),
    "a file nobody wrote": (lambda good: _at(good, 0, "77"), ("2", "line")),
    "a line nobody asked": (lambda good: _at(good, 1, "9"), ("2", "line")),
    "another person": (lambda good: _at(good, 3, "000000000000009"), ("2", "person")),
    "another data set": (lambda good: _at(good, 5, BREAST), ("2", "data_set")),
    "another provider": (lambda good: _at(good, 4, "0213104600000000"), ("2", "provider")),
    "an unknown status": (lambda good: _at(good, 8, "55"), ("2", "status")),
    "an unknown status of the line": (lambda good: _at(good, 6, "55"), ("2", "line_status")),
    "a time that is none": (lambda good: _at(good, 10, "20269927120500123"), ("2", "provided_at")),
    "too few fields": (lambda good: _at(good, 10, None), ("2", "")),
    "an open quote": (lambda good: _at(good, 9, '"正常'), ("2", "")),
    "a formula for a number": (lambda good: _at(good, 3, "=1+1"), ("2", "person")),
}


def _at(good: bytes, cell: int, value: str | None) -> bytes:
    """Put something else into a cell of the second line; the first stays good."""
    first, second = good.splitlines(keepends=True)
    cells: list[str | None] = [*second.decode().removesuffix("\r\n").split(",")]
    cells[cell] = value if value != OWN else SAPPORO
    return first + ",".join(one for one in cells if one is not None).encode() + b"\r\n"


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_bad_is_set_aside_by_line_and_field_and_what_is_good_taken(
    town: FileTown, server: IntermediateServer, kind: str
) -> None:
    spoil, where = HOSTILE[kind]
    good = asked_file(town, server, TARO, JIRO)
    town.arrives("r.csv", spoil(good))
    is_whole = where[0] == ""
    assert town.stands(T0, T1) == (
        ["sent", "sent"] if is_whole else ["received", "no_replica" if kind == "a line twice" else "sent"]
    )
    assert set_aside(town, "r.csv") == [where]
    assert list(town.back.glob("*.csv")) == []
    # Whoever mends the file sends it again, and then it is taken.
    town.arrives("mended.csv", good)
    assert town.stands(T0, T1) == ["received", "no_replica"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (11, "99"),
        (12, "20261332"),
        (13, "19x5"),
        (19, "<!ENTITY a SYSTEM 'file:///etc/passwd'>" * 9),
        (27, "&xxe;"),
        (28, "9"),
        (14, "03"),
        (13, ""),
        (17, "2"),
    ],
)
def test_a_value_no_item_may_hold_never_becomes_a_replica(
    town: FileTown, server: IntermediateServer, cell: int, value: str
) -> None:
    [line] = csv.reader(io.StringIO(asked_file(town, server, TARO).decode()))
    line[cell] = value
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerow(line)
    town.arrives("r.csv", written.getvalue().encode())
    assert town.stands(T0) == ["sent"]
    [(number, _field)] = set_aside(town, "r.csv")
    assert number == "1"


def test_markup_in_a_name_stays_text(town: FileTown, server: IntermediateServer) -> None:
    content = asked_file(town, server, TARO).replace("模擬町診療所".encode(), b"&xxe;<!--")
    town.arrives("r.csv", content)
    [told] = town.link.inquiry_status([InquiryAsked(institution=OWN, transaction_number=T0)])
    assert parse(told.answers[0].payloads[0].encode()).facility_name == "&xxe;<!-- <A&B>"


def test_a_file_on_its_way_and_a_link_elsewhere_are_left_alone(town: FileTown, server: IntermediateServer) -> None:
    content = asked_file(town, server, TARO)
    town.arrives("r.csv.part", content)
    (town.folder / "elsewhere").write_bytes(content)
    (town.back / "link.csv").symlink_to(town.folder / "elsewhere")
    assert town.link.take_in() == []
    assert (town.folder / "elsewhere").exists()


def test_a_reader_that_dies_before_the_ledger_knows_reads_the_file_whole_next_time(
    town: FileTown, server: IntermediateServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.arrives("r.csv", asked_file(town, server, TARO, JIRO))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Ledger, "note", die)
        with pytest.raises(KeyboardInterrupt):
            town.link.take_in()
    assert town.stands(T0, T1) == ["received", "no_replica"]
    assert not (town.back / "rejected").exists()


def test_the_first_answer_to_a_line_stands(town: FileTown, server: IntermediateServer) -> None:
    content = asked_file(town, server, TARO)
    town.arrives("r.csv", content)
    town.arrives("second.csv", content.replace("模擬町".encode(), "別の町".encode()))
    [told] = town.link.inquiry_status([InquiryAsked(institution=OWN, transaction_number=T0)])
    assert told.answers[0].payloads == [replica(TARO, 1, lung()).replicas[0][-1]]
    assert set_aside(town, "second.csv") == [("1", "")]


def test_what_was_written_cannot_be_called_off_and_what_was_not_can(town: FileTown) -> None:
    town.asks(inquiry(0))
    told = town.link.cancel([inquiry(0), inquiry(1)])
    assert [one.state.value for one in told] == ["sent", "cancelled"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for one in read_result_file(content, OWN, lambda file, line: Asked("0" * 15, SAPPORO, LUNG)):
        assert isinstance(one, ResultLine | SetAside)


def test_an_inquiry_that_never_gets_a_result_lapses_as_a_permit_would(
    town: FileTown, server: IntermediateServer
) -> None:
    town.asks(inquiry(0), inquiry(1, data_sets=(LUNG, BREAST)))
    answers = server.answer(town.out / "00000001-inquiries.csv").splitlines(keepends=True)
    town.arrives("a.csv", answers[1])
    validity = table().period("unanswered")
    assert {row.valid_for for row in permissions()} == {validity}
    # The ledger holds whole seconds.
    town.at = AT + validity - timedelta(seconds=1)
    assert town.stands(T0, T1) == ["sent", "sent"]
    town.at = AT + validity + timedelta(seconds=1)
    assert town.stands(T0, T1) == ["lapsed", "no_replica"]
    [_, half] = town.link.inquiry_status([InquiryAsked(institution=OWN, transaction_number=one) for one in (T0, T1)])
    assert [answer.state.value for answer in half.answers] == ["no_replica", "lapsed"]
    # The town has stored that; what comes now is set aside with what to do.
    town.reads(T0, T1)
    town.arrives("late.csv", answers[0])
    town.link.take_in()
    assert set_aside(town, "late.csv") == [("1", "")]


def test_a_file_is_recorded_before_anything_of_it_counts(town: FileTown, server: IntermediateServer) -> None:
    content = asked_file(town, server, TARO)

    class EvidenceIsAwayError(Exception):
        pass

    def refuse(_taken: object) -> None:
        raise EvidenceIsAwayError

    town.arrives("r.csv", content)
    link = replace(town.link, record=refuse)
    with pytest.raises(EvidenceIsAwayError):
        link.take_in()
    assert ((town.back / "r.csv").exists(), town.recorded) == (True, [])
    assert town.stands(T0) == ["received"]
    assert [(one.sha256, one.lines) for one in town.recorded] == [(digest(content), 1)]
