"""What can go wrong with long work."""


class WorkError(Exception):
    """Long work could not go on."""


class WorkCancelledError(WorkError):
    """Somebody asked for the end of this work."""


class NoSuchWorkError(WorkError):
    """There is no such work."""


class UnknownWorkError(WorkError):
    """This release knows no work of that kind."""
