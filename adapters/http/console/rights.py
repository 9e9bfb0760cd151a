"""What each page of the console asks for. Checked in one place that every route passes; what names nothing is for those
alone who look after the whole of this Saseo."""

from collections.abc import Callable
from typing import Any, TypeVar

from adapters.http.console.visits import Visit
from core.people import Right

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
RIGHT = "console_right"


class NotSignedIn(Exception):
    """Somebody has to sign in first."""


class NotOurPage(Exception):
    """A change that was not asked for on one of our pages."""


class NotAllowed(Exception):
    """Something that this person may not do."""


def needs(right: Right) -> Callable[[Endpoint], Endpoint]:
    """Says what a route asks for; stands below the route."""

    def marked(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, RIGHT, right)
        return endpoint

    return marked


def right_of(endpoint: Callable[..., Any]) -> Right:
    """What a route asks for."""
    right: Right = getattr(endpoint, RIGHT, Right.RUN)
    return right


def admit(visit: Visit, right: Right) -> None:
    """Raises NotAllowed where a page asks for more than this person may do."""
    if not visit.person.may(right):
        raise NotAllowed
