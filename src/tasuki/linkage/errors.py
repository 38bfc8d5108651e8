"""What can go wrong between a town's own systems and others."""


class LinkageError(Exception):
    """The town could not do what it was asked."""


class NothingToAdopt(LinkageError):
    """There is no answer to adopt, or it was adopted before."""


class UnknownProvider(LinkageError):
    """The municipality is not in this town's directory, so it cannot be asked."""


class UnknownPerson(LinkageError):
    """The index has nobody of that 宛名番号."""


class PersonInQuarantine(LinkageError):
    """The person may be linked with somebody else's records, so nothing of them is disclosed until that is settled."""


class TooManyRecords(LinkageError):
    """More exchange records are as looked for than one file is to hold."""

    def __init__(self, total: int) -> None:
        super().__init__(TooManyRecords.__doc__)
        self.total = total
