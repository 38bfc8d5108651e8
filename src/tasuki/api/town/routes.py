"""The addresses of a town's interface, and the scope each needs; OpenAPI is generated from these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from tasuki.api.town import messages, service
from tasuki.persons.types.clients import Scope

TOKEN_PATH: Final = "/api/v1/token"  # noqa: S105 — an address


@dataclass(frozen=True, slots=True)
class TownRoute:
    """One address. Without a body it is read with GET, and `parameters` names what may stand in its query."""

    path: str
    scope: Scope
    body: type[BaseModel] | None
    reply: type[BaseModel]
    handle: Callable[..., Any]
    summary: str
    parameters: tuple[tuple[str, str], ...] = ()
    #: What is asked for may be kept no longer (410).
    may_be_gone: bool = False

    @property
    def method(self) -> str:
        """How it is called."""
        return "GET" if self.body is None else "POST"


ROUTES: Final = (
    TownRoute(
        "/api/v1/people",
        Scope.REGISTER_PEOPLE,
        messages.PeopleStated,
        messages.Registered,
        service.register,
        "Register people of the system (宛名登録); the same list may be sent again without a change",
    ),
    TownRoute(
        "/api/v1/people/states",
        Scope.READ_PEOPLE,
        messages.NumbersAsked,
        messages.StatesOfPeople,
        service.states,
        "Ask where registrations stand",
    ),
    TownRoute(
        "/api/v1/people/look-ups",
        Scope.LOOK_UP_NUMBERS,
        messages.IndividualNumbersAsked,
        messages.NumbersFound,
        service.look_up,
        "Ask under which own numbers (宛名番号) the system knows the holders of 個人番号",
    ),
    TownRoute(
        "/api/v1/cases",
        Scope.READ_CASES,
        None,
        messages.CasesOfSystem,
        service.cases,
        "List cases the system's registrations caused: those sent back, unless another state is asked for",
        parameters=(
            ("state", "A state of cases; SENT_BACK when left out."),
            ("after", "The `next` of the page before."),
        ),
    ),
    TownRoute(
        "/api/v1/people/changes",
        Scope.READ_CHANGES,
        None,
        messages.ChangesOfPeople,
        service.changes,
        "List what the register changed about people of the system (住民異動の通知), in order. Provisional",
        parameters=(("after", "The `next` of the page before; left out at the beginning."),),
        may_be_gone=True,
    ),
)
