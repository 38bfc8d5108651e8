"""What can go wrong with invitations: faults, never refusals."""


class InvitationError(Exception):
    """The invitation could not do what it was asked."""


class NoSuchResidentError(InvitationError):
    """No resident has this number."""

    user_message = "この宛名番号の住民は登録されていません。"


class NoSuchTargetError(InvitationError):
    """This person is not on the year's list with this programme."""

    user_message = "この人は、この年度のこの検診の名簿にいません。"


class NoSuchCouponError(InvitationError):
    """There is no valid coupon of this number."""

    user_message = "有効な受診券が見つかりません。すでに無効にしたか、ほかの人が差し替えています。"


class NoSuchRefusalError(InvitationError):
    """No refusal of this person that is still open has this number."""

    user_message = "この勧奨拒否の記録は見つからないか、すでに取り消されています。"
