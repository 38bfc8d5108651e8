"""Letters in words: what each is called, and an example of it about nobody."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasuki.letters.rendering import breakable
from tasuki.letters.types import Coupon, Destination, Letter, LetterKind, Slip, WordingLanguage
from tasuki.letters.wording import placeholders_of

KIND_LABELS: Final[Mapping[LetterKind, Promise]] = {
    LetterKind.RESULT_NOTICE: _("結果通知"),
    LetterKind.GATHERED_NOTICE: _("結果通知（まとめ）"),
    LetterKind.REFERRAL: _("精密検査の紹介状"),
    LetterKind.DETAIL_REMINDER: _("精密検査の勧奨"),
    LetterKind.HPV_RECALL: _("HPV陽性の方への翌年度の案内"),
    LetterKind.RETEST: _("判定不能の方への再検査の案内"),
    LetterKind.COUPON: _("受診券"),
    LetterKind.REMINDER: _("受診勧奨"),
    LetterKind.CODE_REQUEST: _("符号取得の依頼(他の自治体へ)"),
    LetterKind.INCIDENT_REPORT: _("漏えい等の報告(個人情報保護委員会へ)"),
    LetterKind.WRONG_LINK_NOTICE: _("記録の取り違えのお知らせ(本人へ)"),
    LetterKind.WRONG_DATA_NOTICE: _("誤って提供した情報の取扱いの依頼(他の団体へ)"),
}
LANGUAGE_LABELS: Final[Mapping[WordingLanguage, Promise]] = {
    WordingLanguage.JAPANESE: _("日本語"),
    WordingLanguage.EASY_JAPANESE: _("やさしい日本語"),
    WordingLanguage.ENGLISH: _("英語"),
}

#: What tells one person from another without a code: the head of the letter that asks for one (命令85号40条).
_FOUR_ITEMS: Final = ("氏名", "生年月日", "性別", "住所")


_Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def sample_letter(kind: LetterKind, on: dt.date) -> Letter:
    """Return a letter to somebody who does not exist, with everything such a letter can have."""
    values = {one.name: one.example for one in placeholders_of(kind)}
    if kind is LetterKind.HPV_RECALL:
        values["検診名"] = "子宮頸がん検診"
    head, rows = _sample_table(kind)
    return Letter(
        destination=Destination("架空　花子", "000-0504", "架空区模擬町二丁目24番14号 模擬マンション301号室"),
        person="",
        number="見本",
        on=on,
        values=values,
        head=head,
        rows=rows,
        coupon=_SAMPLE_COUPON if kind is LetterKind.COUPON else None,
        slip=_SAMPLE_SLIP if kind in (LetterKind.REFERRAL, LetterKind.DETAIL_REMINDER) else None,
    )


_SAMPLE_COUPON: Final = Coupon(
    "000000000000", "検診受診券(見本)", (("氏名", "架空　花子"), ("有効期限", "令和9年3月31日"))
)
_SAMPLE_SLIP: Final = Slip(
    "精密検査結果報告書(見本)",
    "検査が終わりましたら、記入してお送りください。",
    (
        ("検査の日", ()),
        ("医療機関", ()),
        ("検査の方法", ("内視鏡", "その他")),
        ("結果", ("異常なし", "がん", "その他")),
    ),
)


def _sample_table(kind: LetterKind) -> _Table:
    """Return the table such a letter has: head and rows."""
    match kind:
        case LetterKind.RESULT_NOTICE:
            return (
                ("検診", "受診日", "実施機関", "判定"),
                (("大腸がん検診", "令和8年7月24日", "模擬町診療所", "要精密検査"),),
            )
        case LetterKind.GATHERED_NOTICE:
            return (
                ("検診", "受診日", "実施機関", "判定"),
                (
                    ("大腸がん検診", "令和8年7月24日", "模擬町診療所", "要精密検査"),
                    ("肺がん検診", "令和8年7月24日", "模擬町診療所", "精密検査不要"),
                    ("肝炎ウイルス検診", "令和8年9月3日", "仮想区保健センター", "精密検査不要"),
                ),
            )
        case LetterKind.COUPON:
            return ("検診", "受け方"), (("大腸がん検診", "個別"), ("肺がん検診", "集団・個別"))
        case LetterKind.CODE_REQUEST:
            return _FOUR_ITEMS, (("架空　花子", "昭和59年6月2日", "女", "架空区模擬町二丁目24番14号"),)
        case LetterKind.INCIDENT_REPORT | LetterKind.WRONG_LINK_NOTICE | LetterKind.WRONG_DATA_NOTICE:
            number = breakable("01920000-0000-7000-8000-000000000001")
            return (
                ("処理通番", "日", "相手", "向き", "情報"),
                ((number, "令和8年7月24日", "例示市", "提供", "胃がん検診"),),
            )
        case _:
            return (), ()
