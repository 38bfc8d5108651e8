"""The yearly check: made from the safeguards with what the system says, answered, signed by two, unchanged after."""

from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki.accounts.types import Role
from tasuki.audits.operations.checks import answer_lines, mend_finding, open_check, raise_finding, sign_check
from tasuki.audits.queries.checks import check, check_lines, findings, overdue_findings
from tasuki.audits.types import Answer, Answered, CheckOutcome, NewFinding, Surroundings
from tasuki.nodes.sql import rows, run
from tasuki.safeguards.catalogue import clauses
from tasuki.shared.actor import staff_actor
from tasuki.shared.dates import JST

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
AT = datetime(2027, 2, 1, 10, 0, tzinfo=JST)
FIRST, SECOND = staff_actor("900001"), staff_actor("900002")
CLAUSE = "special-16"
NO_MACHINE = Surroundings(None)


def begun(year: int = 2026) -> None:
    assert open_check(fiscal_year=year, surroundings=NO_MACHINE, by=FIRST, at=AT) is CheckOutcome.DONE


def answered(answer: Answer = Answer.KEPT, remark: str = "") -> None:
    said = [Answered(one.identifier, answer, remark) for one in clauses()]
    assert answer_lines(fiscal_year=2026, answers=said, by=FIRST, at=AT) is CheckOutcome.DONE


def sign(by: Any = FIRST) -> CheckOutcome:
    return sign_check(fiscal_year=2026, town="架空区", names={str(FIRST): "架空 花子"}, by=by, at=AT)


def to_mend(due: date = date(2027, 3, 1)) -> NewFinding:
    return NewFinding(CLAUSE, "点検が遅れた", "四半期ごとに行う", "健康づくり課", due)


def recorded() -> list[str]:
    found = rows(
        "SELECT kind FROM evidence_entry WHERE kind LIKE 'check\\_%%' OR kind LIKE 'finding%%' ORDER BY entry_id"
    )
    return [row["kind"] for row in found]


def test_a_check_has_a_line_for_each_clause_with_what_the_system_says() -> None:
    begun()
    lines = check_lines(2026)
    assert [one.clause for one in lines] == [one.identifier for one in clauses()]
    users = next(one for one in lines if one.clause == "development-system-4")
    assert {fact.key for fact in users.facts} >= {"accounts-open", "accounts-confirmed"}
    link = next(fact for one in lines for fact in one.facts if fact.key == "certificate-days")
    # Without a certificate the system does not make one up.
    assert link.count is None
    assert open_check(fiscal_year=2026, surroundings=NO_MACHINE, by=FIRST, at=AT) is CheckOutcome.NONE
    assert recorded() == ["check_opened"]


def test_records_of_the_fiscal_year_are_counted_and_no_others() -> None:
    for at in (datetime(2026, 3, 31, 23, 59, tzinfo=JST), datetime(2026, 4, 1, tzinfo=JST), AT):
        run("INSERT INTO evidence_entry (kind, recorded_at, body) VALUES ('accesses_reviewed', %s, '{}'::bytea)", [at])
    open_check(fiscal_year=2026, surroundings=Surroundings(datetime(2027, 3, 3, tzinfo=JST)), by=FIRST, at=AT)
    facts = {fact.key: fact for one in check_lines(2026) for fact in one.facts}
    # What happens at the very moment is not over yet.
    assert (facts["months-signed"].count, facts["months-signed"].last_at) == (1, datetime(2026, 4, 1, tzinfo=JST))
    assert facts["certificate-days"].count == 29


def test_it_is_signed_once_it_is_whole_and_by_two_and_stays_as_it_was() -> None:
    begun()
    assert sign() is CheckOutcome.INCOMPLETE
    answered(Answer.NOT_KEPT, "未実施")
    assert sign() is CheckOutcome.INCOMPLETE
    answered()
    assert sign() is CheckOutcome.DONE
    said = {"fiscal_year": 2026, "answers": [Answered(CLAUSE, Answer.PARTLY, "x")], "by": FIRST, "at": AT}
    assert answer_lines(**said) is CheckOutcome.CLOSED
    assert sign() is CheckOutcome.SAME_PERSON
    assert sign(SECOND) is CheckOutcome.DONE
    assert sign(SECOND) is CheckOutcome.CLOSED
    for statement in (
        "UPDATE audits_line SET remark = 'x' WHERE fiscal_year = 2026",
        "DELETE FROM audits_line WHERE fiscal_year = 2026",
        "UPDATE audits_check SET sha256 = 'x'",
        "DELETE FROM audits_check",
    ):
        with pytest.raises(DatabaseError, match="is signed"), transaction.atomic():
            run(statement)
    [stored] = rows("SELECT pdf, sha256 FROM audits_check")
    assert sha256(stored["pdf"]).hexdigest() == stored["sha256"]
    # The digest of what was signed is in the evidence, so that another document cannot take its place.
    assert (
        len(rows("SELECT FROM evidence_entry WHERE strpos(convert_from(body, 'UTF8'), %s) > 0", [stored["sha256"]]))
        == 1
    )
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(stored["pdf"])).pages)
    for word in ("確認記録票", "架空 花子", "○ 72"):
        assert word in text


def test_the_database_wants_two_people_too() -> None:
    begun()
    answered()
    sign()
    with pytest.raises(DatabaseError), transaction.atomic():
        run("UPDATE audits_check SET second_signed_at = now(), second_signed_by = first_signed_by, pdf = 'x'::bytea")


def test_nothing_is_kept_without_its_record(monkeypatch: pytest.MonkeyPatch) -> None:
    begun()

    def broken(**_said: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr("tasuki.audits.operations.checks.append", broken)
    with pytest.raises(OSError, match="disk"):
        answered()
    with pytest.raises(OSError, match="disk"):
        raise_finding(fiscal_year=2026, finding=to_mend(), by=FIRST, at=AT)
    monkeypatch.undo()
    found = check(2026)
    assert found is not None
    assert (found.answered, findings()) == (0, [])


def test_a_finding_is_mended_also_after_the_signatures() -> None:
    begun()
    raised = raise_finding(fiscal_year=2026, finding=to_mend(), by=FIRST, at=AT)
    assert not isinstance(raised, CheckOutcome)
    answered(Answer.NOT_APPLICABLE, "委託なし")
    sign()
    sign(SECOND)
    assert (overdue_findings(date(2027, 3, 1)), overdue_findings(date(2027, 3, 2))) == (0, 1)
    assert mend_finding(finding_id=raised, note="記録を見た", by=SECOND, at=AT) is CheckOutcome.DONE
    assert mend_finding(finding_id=raised, note="x", by=SECOND, at=AT) is CheckOutcome.NONE
    assert overdue_findings(date(2027, 3, 2)) == 0
    assert raise_finding(fiscal_year=2026, finding=to_mend(), by=FIRST, at=AT) is CheckOutcome.CLOSED


def test_the_pages_lead_from_the_reminder_to_the_signed_document(logged_in: LogIn) -> None:
    with time_machine.travel(AT, tick=False):
        auditor = logged_in(Role.AUDITOR)
        assert "終えていない確認記録票" in auditor.get(reverse("home")).content.decode()
        assert "確認記録票はまだありません" in auditor.get(reverse("checks")).content.decode()
        address = reverse("check", args=[2026])
        begin = reverse("check-open", args=[2026])
        assert auditor.post(reverse("check-open", args=[2025])).status_code == 404
        assert "項ごとに評価してください" in auditor.post(begin, follow=True).content.decode()
        # Something is missing: it is said beside the field, and what was typed stays.
        page = auditor.post(address, {f"{CLAUSE}-answer": "PARTLY", f"{CLAUSE}-remark": ""})
        assert page.status_code == 422
        assert "わけを書いてください" in page.content.decode()
        kept = {f"{one.identifier}-answer": "KEPT" for one in clauses()}
        told = auditor.post(address, kept | {f"{CLAUSE}-answer": "NOT_KEPT", f"{CLAUSE}-remark": "遅れた"}, follow=True)
        assert "指摘のない×の項 1" in told.content.decode()
        typed = {"clause": CLAUSE, "says": "遅れた", "remedy": "早める", "who": "課長", "due": "2027-01-31"}
        refused = auditor.post(reverse("finding-add", args=[2026]), typed)
        assert refused.status_code == 422
        assert "今日以降の日" in refused.content.decode()
        added = auditor.post(reverse("finding-add", args=[2026]), typed | {"due": "2027-03-31"}, follow=True)
        assert "指摘を加えました" in added.content.decode()
        assert (
            "一人目として署名しました" in auditor.post(reverse("check-sign", args=[2026]), follow=True).content.decode()
        )
        adviser = logged_in(Role.SECURITY_ADVISER)
        done = adviser.post(reverse("check-sign", args=[2026]), follow=True).content.decode()
        assert "確定し、もう変わりません" in done
        document = adviser.get(reverse("check-file", args=[2026]))
        assert sha256(document.content).hexdigest() in done
        assert "終えていない確認記録票" in auditor.get(reverse("home")).content.decode()
        lines = auditor.post(reverse("findings-file")).content.decode("utf-8-sig").splitlines()
        assert lines[1].startswith(f"2026,{CLAUSE},遅れた,早める,課長,2027-03-31,改善待ち")
        [one] = findings()
        mended = auditor.post(reverse("finding", args=[one.finding_id]), {"note": "見た"}, follow=True)
        assert "改善を確かめたことを記録しました" in mended.content.decode()


def test_a_first_signature_is_taken_back_with_a_reason(logged_in: LogIn) -> None:
    with time_machine.travel(AT, tick=False):
        begun()
        answered()
        sign()
        auditor = logged_in(Role.AUDITOR)
        address = reverse("check-take-back", args=[2026])
        assert "取り消すわけを" in auditor.post(address, {"reason": ""}, follow=True).content.decode()
        assert "評価を直せます" in auditor.post(address, {"reason": "誤記"}, follow=True).content.decode()
        assert recorded()[-1] == "check_signature_taken_back"


def test_who_only_reads_changes_nothing(logged_in: LogIn) -> None:
    begun()
    reader = logged_in(Role.SYSTEM_ADMINISTRATOR)
    address = reverse("check", args=[2026])
    assert f'name="{CLAUSE}-answer"' not in reader.get(address).content.decode()
    reader.post(address, {f"{CLAUSE}-answer": "KEPT"})
    assert all(one.answer is None for one in check_lines(2026))
    assert reader.post(reverse("check-sign", args=[2026])).status_code == 403
    assert logged_in(Role.HEALTH_CLERK).get(address).status_code == 403
