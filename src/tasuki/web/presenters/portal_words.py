"""The words of notices (お知らせ): who sends one sees what its person will read."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tasuki.protocol.portal_messages import PortalNoticeKind

#: What a notice is called, and what the person reads.
NOTICES: Final[Mapping[PortalNoticeKind, tuple[Promise, Promise]]] = {
    PortalNoticeKind.DETAILED_EXAMINATION_OPEN: (
        gettext_lazy("精密検査の結果がまだ届いていません"),
        gettext_lazy(
            "受けた検診で精密検査を勧められた方のうち、この日までに結果が市区町村に届いていない方へのお知らせです。"
            "まだ受けていない方は医療機関に、もう受けた方は市区町村の検診の窓口に連絡してください。"
        ),
    ),
}
