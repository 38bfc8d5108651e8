"""What a programme's own rule says against many screenings at once: asked here, answered by whoever knows the rules.

Age, sex and interval are the law of eligibility, which stands above this context and is handed in.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from tasuki.layouts.types import Programme
from tasuki.screening.types import Objection

#: Another screening of the same file: its fiscal year and its items.
InFile = tuple[int, Mapping[str, str]]
#: Person, sex, birth date as ISO text, fiscal year, and what the file says of the person besides.
Judge = Callable[[str, str, str, int, Sequence[InFile]], frozenset[Objection]]
#: Looks up what is stored of some people for a programme, and its rules for some fiscal years, and gives who judges
#: their screenings without asking the database again.
Objecting = Callable[[Programme, Collection[str], Collection[int]], Judge]


def no_objections(programme: Programme, people: Collection[str], years: Collection[int]) -> Judge:
    """Object to nothing: for callers that are about something else than who may be screened."""
    return lambda person, sex, born, fiscal_year, in_file: frozenset()
