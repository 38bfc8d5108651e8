"""What can go wrong with eligibility: faults, never refusals."""


class EligibilityError(Exception):
    """Who is due could not be worked out or changed."""


class RuleDataError(EligibilityError):
    """A file of rules, options or wording is damaged or contradicts another; names the file and the entry."""

    def __init__(self, file: str, entry: str, reason: str) -> None:
        super().__init__(f"{file}: {entry}: {reason}")


class NoSuchResident(EligibilityError):
    """No resident has this number."""

    user_message = "この宛名番号の住民は登録されていません。"


class NoSuchExclusion(EligibilityError):
    """No exclusion of this person that is still open has this number."""

    user_message = "この除外の記録は見つからないか、すでに終わっています。"
