"""Why a peer does not do what was asked, in words for staff, where it said so itself."""

from django.utils.translation import gettext as _

from tasuki.protocol.errors import Refusal


def why_it_waits(reason: str) -> str:
    """Return what a peer's refusal means that ends again by itself, and an empty text for every other reason."""
    refusal, _colon, detail = reason.partition(": ")
    match refusal:
        case Refusal.MAINTENANCE:
            return _("中間サーバーは保守中です（%(detail)s）。終わると自動で続けます。何もなくなりません。") % {
                "detail": detail
            }
        case Refusal.SUSPENDED:
            return _(
                "この自治体の連携は、中間サーバーの運用者が止めています（%(detail)s）。再開すると自動で続けます。何もなくなりません。"
            ) % {"detail": detail}
        case Refusal.MOVING:
            return _(
                "この自治体の受け持ちを、中間サーバーの間で移しています（%(detail)s）。終わると自動で続けます。続くときは、接続先の中間サーバーをシステム管理者が確かめてください。"
            ) % {"detail": detail}
        case _other:
            return ""
