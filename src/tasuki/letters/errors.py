"""What can go wrong with letters."""


class LetterError(Exception):
    """A letter could not be made."""


class WordingError(LetterError):
    """The wording asks for a value the letter does not have."""


class LettersDataError(LetterError):
    """The shipped wording is damaged."""
