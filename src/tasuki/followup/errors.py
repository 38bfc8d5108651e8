"""What can go wrong with the follow-up: faults, never refusals."""


class FollowupError(Exception):
    """The follow-up could not do what it was asked."""


class NoSuchCaseError(FollowupError):
    """No result with this identifier asks for a detailed examination."""

    user_message = "この検診結果は、精密検査の追跡の対象ではありません。"


class NoSuchActError(FollowupError):
    """There is no such record of the follow-up, or it was revoked before."""

    user_message = "この記録は見つからないか、すでに取り消されています。"
