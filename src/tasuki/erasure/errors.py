"""What can go wrong with erasures."""


class ErasureError(Exception):
    """Something is wrong with an erasure."""


class ListChangedError(ErasureError):
    """The list of an erasure is not the one that was approved."""


class RowsLeftError(ErasureError):
    """Rows that were to go are still there."""
