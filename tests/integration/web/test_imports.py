"""Result files through the screens: seen first, taken in, taken back."""

import io
import zipfile
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.cli.importing import import_mappings
from tasuki.jobs.works import do_waiting_work
from tasuki.screening import import_queries, mapping_queries, queries
from tasuki.screening.import_types import RowState, SenderKind
from tasuki.screening.types import BatchState
from tasuki.work import queries as work_queries
from tasuki.work.types import WorkState
from tests.integration.web.conftest import AYANO
from tests.integration.web.taking import take_out

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
HEADERS = (
    "宛名番号,カナ氏名,生年月日,性別,年度,検診区分,受診日,実施機関番号,受診方法,料金区分,連番,"
    "過去受診歴,自覚症状,便潜血判定,便潜血所見,精検要否,その他所見,偶発症,精検結果,精検所見,精検偶発症"
)
UNKNOWN = "999999999,ダレデモナイ,1984/06/02,女,2026,一次,2026/06/01,1319910030,個別,1,1,なし,無,陰性,,精検不要,,,,,"


@pytest.fixture(autouse=True)
def mappings(db: None) -> None:
    """Enter a sender with the mappings that ship."""
    with as_file(files("tasuki.demo").joinpath("mappings")) as folder:
        import_mappings(folder, "架空区医師会", SenderKind.ASSOCIATION)


def of_colorectal() -> str:
    return next(f"mapping:{one.mapping_id}" for one in mapping_queries.mappings() if one.programme == "55")


def of_sender() -> str:
    [sender] = mapping_queries.senders()
    return f"sender:{sender.sender_id}"


def content(*lines: str) -> bytes:
    return "\r\n".join([HEADERS, *lines, ""]).encode("cp932")


def upload(client: Client, *lines: str) -> Any:
    file = SimpleUploadedFile("大腸がん.csv", content(*lines))
    return client.post(reverse("upload"), {"mapping": of_colorectal(), "file": file}, follow=True)


def test_the_senders_are_offered_and_an_empty_list_says_so(logged_in: LogIn) -> None:
    page = logged_in(Role.HEALTH_CLERK).get(reverse("imports")).content.decode()
    assert "架空区医師会 大腸がん検診" in page
    assert "取り込んだファイルはまだありません" in page


def test_a_file_is_seen_first_with_line_field_reason_and_remedy(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    response = upload(client, UNKNOWN)
    page = response.content.decode()
    [batch] = queries.batches()
    assert batch.state is BatchState.PREVIEWED
    problems = queries.problems_of(batch.batch_id)
    assert problems
    for problem in problems[:3]:
        assert problem.message_ja in page
        assert problem.remedy_ja in page
    assert "999999999" not in response.redirect_chain[-1][0]
    address = reverse("import", args=[batch.batch_id])
    assert "9行" not in client.get(f"{address}?show=fix").content.decode()
    assert "この条件の行はありません" in client.get(f"{address}?show=ready&rule=unknown_person").content.decode()


def test_a_preview_is_thrown_away_with_a_reason(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, UNKNOWN)
    [batch] = queries.batches()
    address = reverse("import-take-back", args=[batch.batch_id])
    assert client.post(address, {"reason": ""}).status_code == 422
    page = client.post(address, {"reason": "古いファイルだった"}, follow=True).content.decode()
    assert "捨てました" in page
    assert "古いファイルだった" in page


def test_a_file_that_is_no_result_file_is_explained_beside_the_field(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    response = client.post(
        reverse("upload"),
        {"mapping": of_colorectal(), "file": SimpleUploadedFile("x.csv", b"\x00\x01\x02")},
        follow=True,
    )
    assert response.status_code == 422
    assert "field__errors" in response.content.decode()
    assert queries.batches() == []


def test_without_a_file_or_a_sender_the_form_says_what_is_missing(logged_in: LogIn) -> None:
    response = logged_in(Role.HEALTH_CLERK).post(reverse("upload"), {"mapping": ""})
    assert response.status_code == 422
    assert response.content.decode().count("field__errors") == 2


def test_good_rows_are_committed_once_and_undone(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    good = (
        f"{AYANO.system_person_number},カクウ　アヤノ,1984/06/02,女,2026,一次,2026/06/01,,個別,1,1,"
        "なし,無,陰性,,精検不要,,,,,"
    )
    upload(client, good)
    [batch] = queries.batches()
    assert batch.good_rows == 1, queries.problems_of(batch.batch_id)
    commit = reverse("import-commit", args=[batch.batch_id])
    assert "1件を取り込みました" in client.post(commit, follow=True).content.decode()
    assert "取込み済みです" in client.post(commit, follow=True).content.decode()
    assert "取込み済みです" in upload(client, good).content.decode()
    undo = reverse("import-take-back", args=[batch.batch_id])
    assert "取り消しました" in client.post(undo, {"reason": "送り主の誤り"}, follow=True).content.decode()
    assert queries.results_of(AYANO.system_person_number) == []


GOOD = (
    f"{AYANO.system_person_number},カクウ　アヤノ,1984/06/02,女,2026,一次,2026/06/01,,個別,1,1,"
    "なし,無,陰性,,精検不要,,,,,"
)


def only_batch() -> UUID:
    [batch] = queries.batches()
    return batch.batch_id


def cells_of(line: str, **changed: str) -> dict[str, str]:
    values = dict(zip(HEADERS.split(","), line.split(","), strict=True)) | changed
    return {f"cell-{place}": value for place, value in enumerate(values.values())}


def test_a_row_is_mended_beside_its_problem_and_goes_in_with_the_rest(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, GOOD.replace("女", "女性"))
    batch = only_batch()
    row = reverse("import-row", args=[batch, 2])
    page = client.get(row).content.decode()
    assert "「性別」の値は取込み定義にありません。" in page
    mend = reverse("import-mend", args=[batch, 2])
    again = client.post(mend, cells_of(GOOD, 性別="女性", 受診日="先週"), follow=True).content.decode()
    assert "まだ直すところ" in again
    assert 'value="先週"' in again
    done = client.post(mend, cells_of(GOOD) | {"reason": "電話で確認"}, follow=True).content.decode()
    assert "2行目は取り込めるようになりました" in done
    assert "1件を取り込みました" in client.post(reverse("import-commit", args=[batch]), follow=True).content.decode()
    history = client.get(row).content.decode()
    assert "電話で確認" in history
    assert "女性" in history
    assert "取り込んだ" in history
    refused = client.post(mend, cells_of(GOOD), follow=True).content.decode()
    assert "この行は取込み済みです" in refused


def test_rows_are_accepted_left_out_and_sent_back_from_the_list(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, GOOD.replace("カクウ　アヤノ", "ベツノ　ナマエ"), UNKNOWN, UNKNOWN.replace("999999999", "=1+1"))
    batch = only_batch()
    decide = reverse("import-decide", args=[batch])
    accepted = client.post(decide, {"act": "accept", "rule": "kana_differs"}, follow=True).content.decode()
    assert "1行の注意を認めました" in accepted
    assert "理由を入力してください" in client.post(decide, {"act": "ignore", "line": 3}, follow=True).content.decode()
    assert (
        "1行を取り込まない"
        in client.post(decide, {"act": "ignore", "line": 3, "reason": "重複"}, follow=True).content.decode()
    )
    assert "1行を差し戻す" in client.post(decide, {"act": "send-back", "line": 4}, follow=True).content.decode()
    name, content = take_out(client, reverse("import-sent-back", args=[batch]), {"encoding": "cp932"})
    assert name.endswith(".csv")
    text = content.decode("cp932")
    assert text.splitlines()[0] == f"{HEADERS},行番号,直すところ,直し方"
    assert text.splitlines()[1].startswith("'=1+1,ダレデモナイ,")
    assert "この宛名番号の住民は登録されていません。" in text
    reopened = client.post(decide, {"act": "reopen", "line": 4, "back": "4"}, follow=True).content.decode()
    assert "確認待ち" in reopened
    assert "1件を取り込みました" in client.post(reverse("import-commit", args=[batch]), follow=True).content.decode()


def test_candidates_are_compared_and_one_is_chosen(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, GOOD.replace(AYANO.system_person_number, "000999999"))
    batch = only_batch()
    page = client.get(reverse("import-row", args=[batch, 2]))
    assert "住民を決める" in page.content.decode()
    [candidate] = page.context["candidates"]
    assert candidate.one.agreeing == ("kana", "birth_date", "sex")
    match = reverse("import-match", args=[batch, 2])
    assert client.post(match, {"person": "forged"}).status_code == 404
    done = client.post(match, {"person": candidate.token}, follow=True).content.decode()
    assert "取り込めるようになりました" in done
    row = import_queries.problem_row(batch, 2)
    assert row is not None
    assert (row.state, row.matched_person) == (RowState.READY, AYANO.system_person_number)


def test_nothing_is_confirmed_at_once_unless_everything_agrees(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, GOOD.replace(AYANO.system_person_number, ""))
    page = client.post(reverse("import-confirm", args=[only_batch()]), follow=True).content.decode()
    assert "一行ずつ見比べてください" in page


def test_an_archive_is_checked_by_the_worker_and_its_upload_is_gone(
    logged_in: LogIn, residents: None, tmp_path: Path
) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("結果/大腸.csv", content(GOOD))
        archive.writestr("broken.csv", b"\0\0")
    file = SimpleUploadedFile("まとめ.zip", packed.getvalue())
    asked = client.post(reverse("upload"), {"mapping": of_sender(), "file": file}, follow=True)
    assert "順番待ち" in asked.content.decode()
    assert "結果ファイルを確かめる" in client.get(reverse("imports")).content.decode()
    do_waiting_work()
    [work] = work_queries.works_of_kind(["import_preview"])
    assert (work.state, work.outcome["rows"], work.outcome["unreadable"]) == (WorkState.DONE, 1, 1)
    assert {one.state for one in queries.batches()} == {BatchState.PREVIEWED, BatchState.UNREADABLE}
    assert list((tmp_path / "uploads").iterdir()) == []


SAMPLE = "患者番号,カナ,誕生日,性,受診年月日,便潜血,要精検\n{number},カクウ アヤノ,S59.6.2,F,R8.6.1,(-),不要\n"


def test_a_mapping_is_made_over_a_sample_and_reads_the_file_it_was_made_over(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    text = SAMPLE.format(number=AYANO.system_person_number).encode("utf-16")
    page = client.post(reverse("import-new-sender"), {"name": "模擬検診センター", "kind": "CENTRE"}, follow=True)
    sender = page.context["sender"]
    started = client.post(
        reverse("import-new-mapping", args=[sender.sender_id]),
        {"name": "大腸 2026年様式", "programme": "55", "file": SimpleUploadedFile("見本.csv", text)},
        follow=True,
    )
    address = started.redirect_chain[-1][0]
    draft = started.context["draft"]
    assert draft.fields["誕生日"] == "birth_date"
    assert draft.date_format == "era"
    fields = {
        "患者番号": "system_person_number", "カナ": "kana_name", "誕生日": "birth_date", "性": "sex",
        "受診年月日": "examined_date", "便潜血": "item:1B040000001599811", "要精検": "item:9P582000000000011",
    }  # fmt: skip
    posted = {f"field-{place}": named for place, named in enumerate(fields.values())} | {
        "of": started.context["of"], "constant-stage": "1", "act": "update",
    }  # fmt: skip
    refused = client.post(address, posted | {"constant-stage": "", "act": "save"})
    assert refused.status_code == 422
    assert "足りないもの" in refused.content.decode()
    checked = client.post(address, posted, follow=True)
    assert "1984年6月2日(昭和59年)" in checked.content.decode()
    terms = {column.name: column for column in checked.context["coded"]}
    assert [(one.term, one.code) for one in terms["性"].terms] == [("F", "2")]
    chosen = {f"term-{one.name}": one.term for column in terms.values() for one in column.terms}
    codes = {"性": "2", "便潜血": "1", "要精検": "1"}
    chosen |= {f"code-{one.name}": codes[name] for name, column in terms.items() for one in column.terms}
    part = client.post(address, posted | chosen, headers={"HX-Request": "true"}).content.decode()
    assert "陰性" in part
    assert "<html" not in part
    saved = client.post(address, posted | chosen | {"act": "save", "reason": "新しい様式"}, follow=True)
    assert "第1版として保存しました" in saved.content.decode()
    assert client.get(address).status_code == 404
    mapping = saved.context["mapping"]
    file = SimpleUploadedFile("六月.csv", text.replace("F".encode("utf-16-le"), "女".encode("utf-16-le")))
    with_mapping = {"mapping": f"mapping:{mapping.mapping_id}", "file": file}
    page = client.post(reverse("upload"), with_mapping, follow=True).content.decode()
    assert "「性」の値は取込み定義にありません。" in page
    [batch] = queries.batches()
    assert (batch.mapping_id, batch.mapping_version) == (mapping.mapping_id, 1)


def test_versions_are_listed_restored_exported_taken_in_and_retired(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    one = next(one for one in mapping_queries.mappings() if one.programme == "55")
    exported = client.get(reverse("import-mapping-text", args=[one.mapping_id]))
    changed = exported.content.decode().replace('"(-)" = "1"', '"(-)" = "1"\n"マイナス" = "1"')
    take_in = reverse("import-take-in", args=[one.sender_id])
    page = client.post(take_in, {"file": SimpleUploadedFile("55.toml", changed.encode())}, follow=True)
    assert page.context["mapping"].version == 2
    assert "マイナス" in page.content.decode()
    assert "マイナス" not in client.get(page.redirect_chain[-1][0] + "?version=1").content.decode()
    restored = client.post(reverse("import-mapping-restore", args=[one.mapping_id]), {"version": "1"}, follow=True)
    assert "第1版の内容を第3版にしました" in restored.content.decode()
    assert [kept.version for kept in mapping_queries.versions(one.mapping_id)] == [3, 2, 1]
    wrong = client.post(take_in, {"file": SimpleUploadedFile("x.toml", b"[mapping]")}, follow=True)
    assert wrong.status_code == 422
    client.post(reverse("import-mapping-retire", args=[one.mapping_id]))
    assert one.mapping_id not in {kept.mapping_id for kept in mapping_queries.mappings()}


def test_a_sample_of_fixed_length_is_cut_by_numbers(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    [sender] = mapping_queries.senders()
    text = "000104223ｶｸｳ ｱﾔﾉ   198406022\r\n".encode("cp932") * 3
    started = client.post(
        reverse("import-new-mapping", args=[sender.sender_id]),
        {"name": "固定長", "programme": "55", "file": SimpleUploadedFile("fixed.dat", text)},
        follow=True,
    )
    address = started.redirect_chain[-1][0]
    cut = {"cut": "fixed", "header": "no", "widths": "9,10,8,1", "names": "番号,カナ,生年月日,性別", "act": "update"}
    page = client.post(address, cut, follow=True)
    assert [column.name for column in page.context["columns"]] == ["番号", "カナ", "生年月日", "性別"]
    assert page.context["columns"][2].chosen == "birth_date"
    assert "1984年6月2日(昭和59年)" in page.content.decode()
    gone = client.post(address, {"act": "discard"}, follow=True)
    assert "破棄しました" in gone.content.decode()
    assert client.get(address).status_code == 404


def test_whoever_only_reads_imports_cannot_change_rows(logged_in: LogIn, residents: None) -> None:
    upload(logged_in(Role.HEALTH_CLERK), UNKNOWN)
    batch = only_batch()
    approver = logged_in(Role.APPROVER)
    page = approver.get(reverse("import-row", args=[batch, 2])).content.decode()
    assert "保存して確かめる" not in page
    assert approver.post(reverse("import-mend", args=[batch, 2]), cells_of(UNKNOWN)).status_code == 403
