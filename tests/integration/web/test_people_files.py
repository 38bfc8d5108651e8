"""Files of people over the page: looked at, registered, thrown away; no individual number is left in clear."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.jobs import people_files as jobs
from tasuki.jobs.works import do_waiting_work
from tasuki.linkage.operations import people_files as operations
from tasuki.nodes.sql import rows, run
from tasuki.persons.errors import SealBroken
from tasuki.persons.operations import admit_system
from tasuki.persons.queries.files import open_file, people_file, people_files
from tasuki.persons.sealing import Sealer
from tasuki.persons.types.files import PeopleFile, PeopleFileState
from tasuki.runtime import now
from tasuki.web.in_memory import MemoryOnly
from tasuki.work import queries as works
from tasuki.work.errors import WorkCancelledError
from tasuki.work.running import run_next
from tasuki.work.types import WorkState
from tests.integration.linkage.test_people_files import HEADER, LINES
from tests.integration.persons.index import CIPHER, NUMBERS, the_usual_three
from tests.integration.web.conftest import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
CONTENT = "\r\n".join((HEADER, *LINES, "")).encode("cp932")
SEALER = Sealer(b"k" * 32)


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A couple and a man in the register, a care system, and keys of these tests."""
    monkeypatch.setattr("tasuki.jobs.people_files.number_cipher", lambda: CIPHER)
    for place in ("tasuki.jobs.people_files", "tasuki.web.staff.index.people_files"):
        monkeypatch.setattr(f"{place}.sealer", lambda: SEALER)
    the_usual_three()
    admit_system(system="care", name="介護保険", name_en="Care", by=SYSTEM, at=AT)


@pytest.fixture
def clerk(logged_in: LogIn) -> Client:
    return logged_in(Role.INDEX_CLERK)


class Stopped:
    """Progress of work whose asker wants its end."""

    def report(self, done: int, total: int) -> None:
        """Say so at the first report."""
        raise WorkCancelledError(f"{done} of {total}")


def sent(client: Client, content: bytes = CONTENT, **typed: str) -> HttpResponse:
    file = SimpleUploadedFile("people.csv", content)
    return client.post(reverse("people-file-upload"), {"system": "care", "file": file, **typed})


def received(client: Client, content: bytes = CONTENT) -> PeopleFile:
    assert sent(client, content).status_code == 302
    return people_files()[0]


def at(page: str, file: PeopleFile) -> str:
    return reverse(page, args=[file.file_id])


def text(response: HttpResponse) -> str:
    return response.content.decode()


def evidence() -> list[str]:
    return [
        row["kind"]
        for row in rows(
            "SELECT kind FROM evidence_entry WHERE kind NOT IN ('change_asked', 'people_listed') ORDER BY entry_id"
        )
    ]


def test_a_file_is_shown_before_anybody_of_it_is_registered(clerk: Client) -> None:
    file = received(clerk)
    page = text(clerk.get(at("people-file", file)))
    assert file.findings is not None
    assert (file.findings.lines, file.findings.sound_lines, file.findings.problem_lines) == (6, 3, 3)
    assert "3行を登録する" in page
    for said in ("氏名がありません。", "列の数が見出しと違います", "生年月日", "読み取った列"):
        assert said in page, said
    assert not [one for one in (*NUMBERS, "123456789012", "例示") if one in page]
    assert rows("SELECT FROM persons_system_person WHERE system = 'care'", alias="index") == []
    assert evidence() == ["people_file_received"]


def test_it_is_registered_as_work_answered_line_by_line_and_deleted(clerk: Client) -> None:
    file = received(clerk)
    answer = clerk.post(at("people-file-register", file))
    do_waiting_work()
    [work] = works.works_of_kind([jobs.REGISTER])
    assert answer.headers["Location"] == reverse("work", args=[work.work_id])
    page = text(clerk.get(answer.headers["Location"]))
    assert "一致 1人、新しい番号 1人、変更なし 0人、要確認 1人、登録できない行 3行。" in page
    [output] = works.outputs_of(work.work_id)
    told = works.output_content(output.output_id)
    assert told is not None
    lines = told.decode("utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in lines[1:3]] == [["2", "101", "登録済みの人と一致"], ["3", "102", "要確認"]]
    assert len(lines) == 1 + len(LINES)
    assert not [number for number in (*NUMBERS, "123456789012") if number in "\n".join(lines)]
    kept = people_file(file.file_id)
    assert kept is not None
    assert kept.state is PeopleFileState.REGISTERED
    assert evidence() == ["people_file_received", "people_registered", "people_files_ended"]
    assert "登録しました" in text(clerk.get(at("people-file", file)))
    assert "いまの状態を確かめて" in text(clerk.post(at("people-file-register", file), follow=True))


def test_a_large_file_is_checked_by_the_worker(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasuki.web.staff.index.people_files.AT_ONCE", 10)
    file = received(clerk)
    assert file.state is PeopleFileState.RECEIVED
    do_waiting_work()
    [work] = works.works_of_kind([jobs.CHECK])
    assert work.outcome == {"file": str(file.file_id), "lines": 6, "problem_lines": 3}
    assert "3行を登録する" in text(clerk.get(at("people-file", file)))
    unreadable = received(clerk, "氏名,住所\r\nあ,い\r\n".encode("cp932"))
    do_waiting_work()
    page = text(clerk.get(at("people-file", unreadable)))
    assert "見出し「宛名番号」がありません。1行目を見出しにし" in page
    assert rows("SELECT FROM persons_people_file WHERE sealed_content IS NOT NULL", alias="index") == [{}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "ファイルが空です"),
        ("氏名\r\nあ\r\n".encode(), "見出し「宛名番号」がありません"),
        (
            "\r\n".join(["宛名番号,氏名", *(f"{one},例示　郎" for one in NUMBERS)]).encode(),
            "個人番号が入っているようです",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_beside_the_field_and_not_kept(clerk: Client, content: bytes, said: str) -> None:
    answer = sent(clerk, content)
    assert answer.status_code == 422
    assert said in text(answer)
    assert people_files() == []
    assert evidence() == []
    assert sent(clerk, system="nobody").status_code == 422


def test_what_is_too_large_is_not_kept(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("tasuki.web.in_memory", "tasuki.web.staff.index.people_files"):
        monkeypatch.setattr(f"{place}.LARGEST", 100)
    answer = sent(clerk)
    assert answer.status_code == 422
    assert "ファイルが大きすぎます" in text(answer)


def test_it_is_thrown_away_or_forgotten_after_a_day(clerk: Client) -> None:
    first, second = received(clerk), received(clerk)
    assert "登録せず、消しました。" in text(clerk.post(at("people-file-discard", first), follow=True))
    assert "いまの状態を確かめて" in text(clerk.post(at("people-file-discard", first), follow=True))
    assert evidence() == ["people_file_received", "people_file_received", "people_files_ended"]
    operations.forget_files(before=now() - timedelta(hours=1), by=SYSTEM, at=now())
    assert len(open_file(second.file_id, SEALER)) == len(CONTENT)
    operations.forget_files(before=now() + timedelta(seconds=1), by=SYSTEM, at=now())
    assert [one.state for one in people_files()] == [PeopleFileState.EXPIRED, PeopleFileState.DISCARDED]
    assert rows("SELECT FROM persons_people_file WHERE sealed_content IS NOT NULL", alias="index") == []


def test_what_is_stopped_half_way_says_how_far_it_came(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasuki.linkage.operations.people_files._PART", 2)
    file = received(clerk)
    clerk.post(at("people-file-register", file))
    run_next({jobs.REGISTER: lambda work, _progress: jobs.register(work, Stopped())}, by=SYSTEM, now=now)
    [work] = works.works_of_kind([jobs.REGISTER])
    assert work.state is WorkState.CANCELLED
    assert "途中までの登録は残っています" in text(clerk.get(reverse("work", args=[work.work_id])))
    [output] = works.outputs_of(work.work_id)
    told = (works.output_content(output.output_id) or b"").decode("utf-8-sig")
    assert told.count("登録済みの人と一致") == 1
    assert told.count("中止したため登録していない") == 3
    assert "前の登録は途中で止まりました" in text(clerk.get(at("people-file", file)))


def test_a_sealed_file_opens_in_its_own_place_only(clerk: Client) -> None:
    one, other = received(clerk), received(clerk)
    run(
        "UPDATE persons_people_file a SET sealed_content = b.sealed_content FROM persons_people_file b"
        " WHERE a.file_id = %s AND b.file_id = %s",
        [one.file_id, other.file_id],
        alias="index",
    )
    with pytest.raises(SealBroken):
        open_file(one.file_id, SEALER)


def test_no_individual_number_lies_anywhere_in_clear(clerk: Client, tmp_path: Path) -> None:
    answers = [sent(clerk)]
    file = people_files()[0]
    kept = "".join(_everything())
    assert not [number for number in NUMBERS if number in kept]
    answers += [clerk.get(at("people-file", file)), clerk.post(at("people-file-register", file))]
    do_waiting_work()
    kept = "".join(_everything())
    said = "".join(text(one) + one.headers.get("Location", "") for one in answers)
    assert not [number for number in (*NUMBERS, "123456789012") if number in kept + said]
    assert not [place for place in tmp_path.rglob("*") if place.is_file()]


def _everything() -> Iterator[str]:
    """Give every row of every table both roles can read, with bytes as text."""
    for alias, schema in (("default", "public"), ("index", "person_index")):
        tables = rows("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema], alias=alias)
        assert len(tables) > 20
        for table in tables:
            for row in rows(f'SELECT * FROM {schema}."{table["tablename"]}"', alias=alias):  # noqa: S608 — names of the catalogue
                yield " ".join(
                    bytes(cell).decode(errors="ignore") if isinstance(cell, memoryview | bytes) else str(cell)
                    for cell in row.values()
                )


def test_uploads_of_this_page_never_reach_the_disk(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type] = []

    def complete(self: MemoryOnly, size: int) -> object:
        seen.append(type(self))
        return original(self, size)

    original = MemoryOnly.file_complete
    monkeypatch.setattr(MemoryOnly, "file_complete", complete)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", None)
    received(clerk)
    assert seen == [MemoryOnly]


@pytest.mark.parametrize(
    "name", ["../../../../etc/cron.d/x", "..\\..\\x.csv", "/etc/passwd", "a\x00b.csv", "CON.csv", "-rf.csv"]
)
def test_the_name_of_a_file_is_no_place_on_the_server(clerk: Client, name: str) -> None:
    file = SimpleUploadedFile(name, CONTENT)
    file.name = name  # As it travels: Django's own class would cut it down before it is sent.
    answer = clerk.post(reverse("people-file-upload"), {"system": "care", "file": file})
    assert answer.status_code in (302, 422)
    kept = [one.file_name for one in people_files()]
    assert len(kept) == (answer.status_code == 302)
    assert not any(sign in one for one in kept for sign in ("/", "\\", "\x00"))


def test_a_forged_request_is_refused(logged_in: LogIn) -> None:
    client = logged_in(Role.INDEX_CLERK)
    client.handler.enforce_csrf_checks = True
    assert sent(client).status_code == 403
    assert people_files() == []


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.INDEX_CLERK, True), (Role.APPROVER, False), (Role.HEALTH_CLERK, False), (Role.AUDITOR, False),
        (Role.SYSTEM_ADMINISTRATOR, False), (Role.CONTRACTOR, False),
    ],
)  # fmt: skip
def test_who_may_register_from_a_file(logged_in: LogIn, role: Role, may: bool) -> None:
    client = logged_in(role)
    assert client.get(reverse("people-files")).status_code == (200 if may else 403)
    assert sent(client).status_code == (302 if may else 403)
    nobody = uuid4()
    assert client.get(reverse("people-file", args=[nobody])).status_code == (404 if may else 403)
    for act in ("register", "discard"):
        assert client.post(reverse(f"people-file-{act}", args=[nobody])).status_code == (404 if may else 403)


def test_work_about_a_file_that_is_gone_says_so(clerk: Client) -> None:
    file = received(clerk)
    clerk.post(at("people-file-register", file))
    operations.forget_files(before=now() + timedelta(seconds=1), by=SYSTEM, at=now())
    do_waiting_work()
    [work] = works.works_of_kind([jobs.REGISTER])
    assert (UUID(str(work.outcome["file"])), work.outcome["gone"]) == (file.file_id, True)
    assert "ファイルがもうありません" in text(clerk.get(reverse("work", args=[work.work_id])))
