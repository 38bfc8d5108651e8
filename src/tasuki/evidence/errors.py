"""What can go wrong with evidence: faults, never refusals."""


class EvidenceError(Exception):
    """The evidence log could not do what was asked."""


class NotInTransactionError(EvidenceError):
    """A record must be written in the transaction of the act that it records: open `transaction.atomic` first."""


class InvalidEntryError(EvidenceError):
    """A record cannot be written down in the canonical form of the log."""


class MalformedCheckpointError(EvidenceError):
    """The text is not a checkpoint of a log."""


class OutOfRangeError(EvidenceError):
    """No such leaf, or no tree of that size, in this log."""


class CorruptLogError(EvidenceError):
    """The stored hashes no longer give the root that was signed: stop sealing, export and verify."""
