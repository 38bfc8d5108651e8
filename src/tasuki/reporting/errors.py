"""What can go wrong with reports."""


class ReportingError(Exception):
    """A report could not be made."""


class NoSuchSnapshotError(ReportingError):
    """There is no such snapshot."""

    user_message = "この集計は見つかりません。"
