"""Puts letters of the follow-up together from values: notices, referral with report, reminder with slip, recalls."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from tasuki.followup import wording
from tasuki.followup.methods import methods_of
from tasuki.followup.types import Case
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.outcomes import Verdict, detailed_item
from tasuki.letters.types import Letter, Slip, WordingLanguage
from tasuki.screening.queries.recipients import Recipient
from tasuki.screening.types import StoredResult

_JA, _EASY, _EN = WordingLanguage.JAPANESE, WordingLanguage.EASY_JAPANESE, WordingLanguage.ENGLISH
_REFERRAL_LINES: Final = (
    "精密検査の日",
    "医療機関名・所在地",
    "担当医",
    "検査の方法",
    "検査の結果",
    "今後の方針・連絡事項",
)
_SLIP: Final[Mapping[WordingLanguage, Mapping[str, str]]] = {
    _JA: {
        "title": "精密検査の回答票",
        "intro": "あてはまるところに記入し、下の担当へお送りください。電話でもお答えいただけます。",
        "taken": "精密検査を",
        "choices": "受けた|予約した|まだ受けていない",
        "day": "検査の日",
        "place": "医療機関",
        "method": "検査の方法",
        "result": "結果",
        "reason": "受けていないときは、そのわけ",
    },
    _EASY: {
        "title": "検査（けんさ）の 返事（へんじ）",
        "intro": "書（か）いて 送（おく）って ください。電話（でんわ）でも いいです。",
        "taken": "病院（びょういん）の 検査（けんさ）",
        "choices": "受（う）けました|予約（よやく）しました|まだです",
        "day": "検査（けんさ）の 日（ひ）",
        "place": "病院（びょういん）の 名前（なまえ）",
        "method": "どんな 検査（けんさ）",
        "result": "結果（けっか）",
        "reason": "まだの 人（ひと）は、なぜですか",
    },
    _EN: {
        "title": "Your answer about the detailed examination",
        "intro": "Please fill in what applies and send it to the office below. You may also answer by telephone.",
        "taken": "The examination",
        "choices": "done|booked|not yet",
        "day": "Date of the examination",
        "place": "Medical institution",
        "method": "How you were examined",
        "result": "Result",
        "reason": "If not yet, why",
    },
}


def result_notice(result: StoredResult, to: Recipient, *, number: str, on: date) -> Letter:
    """Return the letter that tells a person the result of a screening."""
    language = to.language
    values = _of_result(result, to)
    return Letter(
        to.destination,
        to.person.system_person_number,
        number,
        on,
        values,
        head=wording.HEADS[language],
        rows=(_told(values),),
        subject=str(result.result_id),
    )


def gathered_notice(results: Sequence[StoredResult], to: Recipient, *, number: str, on: date) -> Letter:
    """Return the letter that tells a person the results of several screenings at once, in the order they were taken."""
    ordered = sorted(results, key=lambda one: (one.record.examined_date or "", one.record.programme))
    return Letter(
        to.destination,
        to.person.system_person_number,
        number,
        on,
        {"氏名": to.person.name, "件数": str(len(ordered))},
        head=wording.HEADS[to.language],
        rows=tuple(_told(_of_result(one, to)) for one in ordered),
        subject=str(ordered[0].result_id),
        also=tuple(str(one.result_id) for one in ordered[1:]),
    )


def further_test_letter(result: StoredResult, to: Recipient, *, number: str, on: date) -> Letter:
    """Return the letter that asks a person to be tested again: next year after HPV, soon where nothing was judged."""
    values = _of_result(result, to) | {"翌年度": wording.year_name(result.record.fiscal_year + 1, to.language)}
    return Letter(to.destination, to.person.system_person_number, number, on, values, subject=str(result.result_id))


def _of_result(result: StoredResult, to: Recipient) -> dict[str, str]:
    record, language = result.record, to.language
    return {
        "氏名": to.person.name,
        "検診名": wording.programme_name(record.programme, language),
        "年度": wording.year_name(record.fiscal_year, language),
        "受診日": wording.examined_name(record.examined_date, language),
        "実施機関": wording.place_name(record.facility_name, language),
        "判定": wording.verdict_word(wording.verdict_to_tell(record), language),
    }


def _told(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(values[name] for name in ("検診名", "受診日", "実施機関", "判定"))


def referral(case: Case, to: Recipient, *, number: str, on: date) -> Letter:
    """Return the letter a person takes to a doctor, with the report the doctor sends back.

    Its values are Japanese whatever language the person reads: the doctor reads them.
    """
    values = _of_case(case, to, _JA) | {"実施機関": wording.place_name(case.facility_name, _JA)}
    slip = Slip(
        title="精密検査結果報告書",
        intro=(
            f"受診者: {to.person.name}（{wording.day_name(to.person.birth_date, _JA)}生まれ）　"
            f"検診: {values['年度']} {values['検診名']}　{values['受診日']}　{values['実施機関']}"
        ),
        lines=tuple(
            (
                label,
                _methods(case, _JA) if label == "検査の方法" else _results(case, _JA) if label == "検査の結果" else (),
            )
            for label in _REFERRAL_LINES
        ),
    )
    return _about_case(case, to, values, slip, number, on)


def detail_reminder(case: Case, to: Recipient, *, number: str, on: date, deadline: date) -> Letter:
    """Return the letter that reminds a person of the detailed examination, with a slip to answer on."""
    language = to.language
    values = _of_case(case, to, language) | {
        "期限": wording.day_name(deadline, language),
        "回数": wording.reminder_name(case.reminders + 1, language),
    }
    words = _SLIP[language]
    slip = Slip(
        title=words["title"],
        intro=f"{words['intro']}　{to.person.name}　{values['検診名']} {values['受診日']}",
        lines=(
            (words["taken"], tuple(words["choices"].split("|"))),
            (words["day"], ()),
            (words["place"], ()),
            (words["method"], _methods(case, language)),
            (words["result"], _results(case, language)),
            (words["reason"], ()),
        ),
    )
    return _about_case(case, to, values, slip, number, on)


def _of_case(case: Case, to: Recipient, language: WordingLanguage) -> dict[str, str]:
    return {
        "氏名": to.person.name,
        "検診名": wording.programme_name(case.programme, language),
        "年度": wording.year_name(case.fiscal_year, language),
        "受診日": wording.examined_name(case.examined_date, language),
        "判定": wording.verdict_word(Verdict.DETAIL_NEEDED, language),
    }


def _about_case(case: Case, to: Recipient, values: dict[str, str], slip: Slip, number: str, on: date) -> Letter:
    return Letter(to.destination, case.system_person_number, number, on, values, slip=slip, subject=str(case.result_id))


def _methods(case: Case, language: WordingLanguage) -> tuple[str, ...]:
    suitable = [one for one in methods_of(case.programme) if one.suits(case.items)]
    return tuple(one.label_en if language is _EN else one.label_ja for one in suitable)


def _results(case: Case, language: WordingLanguage) -> tuple[str, ...]:
    table = catalogue().table(detailed_item(case.programme).item.table or "")
    return tuple(code.en if language is _EN else code.ja for code in table.codes.values())
