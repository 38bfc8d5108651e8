"""Invitations in words: standings, reasons, refusals, what a run came to."""

from collections.abc import Mapping
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki.invitations.numbers import NumberProblem
from tasuki.invitations.types import (
    CouponState,
    Covered,
    LeftOut,
    NoCoupon,
    NotReady,
    RefusalReason,
    RunKind,
    Standing,
    TargetOrder,
)
from tasuki.work.types import Work

STANDINGS: Final[Mapping[Standing, tuple[Promise, str]]] = {
    Standing.OPEN: (gettext_lazy("未受診"), "care"),
    Standing.EXAMINED: (gettext_lazy("受診済み"), "good"),
    Standing.REFUSED: (gettext_lazy("勧奨拒否"), ""),
    Standing.NOT_DUE: (gettext_lazy("対象外になった"), ""),
    Standing.GONE: (gettext_lazy("転出・死亡"), ""),
}
LEFT_OUT: Final[Mapping[LeftOut, Promise]] = {
    LeftOut.PROTECTED: gettext_lazy("支援措置"),
    LeftOut.NO_ADDRESS: gettext_lazy("住所がない"),
    LeftOut.DIED: gettext_lazy("死亡"),
    LeftOut.MOVED_OUT: gettext_lazy("転出"),
    LeftOut.UNKNOWN: gettext_lazy("住民情報がない"),
    LeftOut.UNPRINTABLE: gettext_lazy("印刷できない文字がある"),
}
WHAT_TO_DO: Final[Mapping[LeftOut, Promise]] = {
    LeftOut.PROTECTED: gettext_lazy("本人に送り先を確かめ、一人ずつ印刷してください。"),
    LeftOut.NO_ADDRESS: gettext_lazy("住民票の担当課に確かめるか、来所のときに手渡してください。"),
    LeftOut.DIED: gettext_lazy("送らないでください。"),
    LeftOut.MOVED_OUT: gettext_lazy("送らないでください。検診は転出先の自治体で受けられます。"),
    LeftOut.UNKNOWN: gettext_lazy("住民情報の取込みを確かめてください。"),
    LeftOut.UNPRINTABLE: gettext_lazy("通知はできています。四角(□)になった文字を手で書き入れてください。"),
}
RUNS: Final[Mapping[RunKind, Promise]] = {
    RunKind.FREEZE: gettext_lazy("対象者名簿の作成"),
    RunKind.COUPONS: gettext_lazy("受診券の一括発行"),
    RunKind.REMINDERS: gettext_lazy("受診勧奨の一括作成"),
}
COUPON_STATES: Final[Mapping[CouponState, tuple[Promise, str]]] = {
    CouponState.ISSUED: (gettext_lazy("有効"), "good"),
    CouponState.USED: (gettext_lazy("使用済み"), ""),
    CouponState.VOID: (gettext_lazy("無効"), "bad"),
}
REFUSAL_REASONS: Final[Mapping[RefusalReason, Promise]] = {
    RefusalReason.PERSONS_WISH: gettext_lazy("本人が望まない"),
    RefusalReason.OWN_DOCTOR: gettext_lazy("かかりつけ医で受ける"),
    RefusalReason.WORKPLACE: gettext_lazy("職場で受ける"),
    RefusalReason.OTHER: gettext_lazy("その他"),
}
COVERED: Final[Mapping[Covered, Promise]] = {
    Covered.ANY: gettext_lazy("すべて"),
    Covered.WITH: gettext_lazy("発行済み"),
    Covered.WITHOUT: gettext_lazy("まだ発行していない"),
    Covered.LEFT_OUT: gettext_lazy("個別対応が必要"),
}
ORDERS: Final[Mapping[TargetOrder, Promise]] = {
    TargetOrder.READING: gettext_lazy("フリガナ順"),
    TargetOrder.AREA: gettext_lazy("地区順"),
    TargetOrder.OLDEST: gettext_lazy("年齢が高い順"),
    TargetOrder.LONGEST_AGO: gettext_lazy("前回が古い順"),
}
NO_COUPON: Final[Mapping[NoCoupon, Promise]] = {
    NoCoupon.NO_TARGET: gettext_lazy(
        "この年度の名簿に、まだ受けていない検診がありません。必要なら、先に名簿に加えてください。"
    ),
    NoCoupon.HAS_COUPON: gettext_lazy("有効な受診券がすでにあります。作り直すときは「再発行する」を使ってください。"),
    NoCoupon.GONE: gettext_lazy("転出または死亡した人には発行できません。"),
    NoCoupon.ASK_FIRST: gettext_lazy(
        "支援措置の対象者です。本人に送り先を確かめ、「確かめました」に印を付けてから、もう一度押してください。"
    ),
    NoCoupon.REMINDED_TODAY: gettext_lazy("今日すでに勧奨しています。同じ日に2回は作れません。"),
}
NOT_READY: Final[Mapping[NotReady, Promise]] = {
    NotReady.NOT_COMPUTED: gettext_lazy(
        "この年度の対象者がまだ計算されていないため、何もしませんでした。「検診対象」の画面で計算してください。"
    ),
    NotReady.NEEDS_RECOMPUTING: gettext_lazy(
        "対象の設定か国の定めが変わったため、何もしませんでした。「検診対象」の画面で計算し直してください。"
    ),
    NotReady.BUSY: gettext_lazy(
        "対象者の計算が動いているため、何もしませんでした。終わってからもう一度押してください。"
    ),
}
NUMBER_PROBLEMS: Final[Mapping[NumberProblem, Promise]] = {
    NumberProblem.NOT_TWELVE_DIGITS: gettext_lazy("受診券の番号は12桁の数字です。もう一度読み取ってください。"),
    NumberProblem.WRONG_CHECK_DIGIT: gettext_lazy(
        "番号のどこかが違います(検査数字が合いません)。券と見比べて入力し直してください。"
    ),
}
_LEFT_OUT: Final = "left_out_"


def outcome_text(kind: RunKind, outcome: Mapping[str, object]) -> str:
    """Say what a run came to."""
    if "not_ready" in outcome:
        return str(NOT_READY[NotReady(str(outcome["not_ready"]))])
    counted = {name: int(str(value)) for name, value in outcome.items()}
    left_out = sum(people for name, people in counted.items() if name.startswith(_LEFT_OUT))
    match kind:
        case RunKind.FREEZE:
            return _("%(people)s人、のべ%(targets)s件を名簿に加えました。") % {
                "people": f"{counted['people']:,}",
                "targets": f"{counted['targets']:,}",
            }
        case RunKind.COUPONS:
            return _("受診券を%(coupons)s人に発行しました。個別対応は%(left_out)s人です。") % {
                "coupons": f"{counted['coupons']:,}",
                "left_out": f"{left_out:,}",
            }
        case RunKind.REMINDERS:
            return _("受診勧奨を%(reminded)s人に作りました。個別対応は%(left_out)s人です。") % {
                "reminded": f"{counted['reminded']:,}",
                "left_out": f"{left_out:,}",
            }


#: Which kind of run each kind of work does.
WORK_RUNS: Final = {
    "invitations_freeze": RunKind.FREEZE,
    "invitations_coupons": RunKind.COUPONS,
    "invitations_reminders": RunKind.REMINDERS,
}


def invitations_summary(work: Work) -> str:
    """Say what work on a year's list came to."""
    return outcome_text(WORK_RUNS[work.kind], work.outcome)


def invitations_address(work: Work) -> str:
    """Say where to go on from such work: its people to be handled by hand, else the year."""
    if "not_ready" in work.outcome or work.kind == "invitations_freeze":
        return f"{reverse('invitations')}?year={work.parameters['fiscal_year']}"
    return reverse("invitations-run", args=[work.work_id])
