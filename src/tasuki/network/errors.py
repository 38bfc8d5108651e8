"""What can go wrong in the network."""


class NetworkError(Exception):
    """The network could not do what it was asked."""


class LawDataError(NetworkError):
    """The table of law has an entry that cannot be right."""
