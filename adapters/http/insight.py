"""Who may look at what was asked, and what it cost: what the operator chose."""

from dataclasses import dataclass

from fastapi import Request

from core.answers import Answered
from core.people import TOKEN, Arrival, Person, Right, Role
from core.pricing import Prices
from core.review import TextReaders, asked_alone, may_read_texts

WHOEVER_HAS_THE_TOKEN = Person(Arrival(TOKEN), Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Insight:
    """How questions may be looked at."""

    texts: TextReaders = "administrators"
    """Who may read the texts of questions, answers and opinions."""
    prices: Prices | None = None
    """Of the model; None: nobody said."""

    def open_to(self, person: Person) -> bool:
        """Whether somebody may read any texts."""
        return may_read_texts(self.texts, administrator=person.may(Right.ADMINISTER))

    def shows(self, row: Answered, person: Person) -> bool:
        """Whether somebody may read the texts of a question. What one person asked alone is for those alone who look
        after the whole of this Saseo."""
        return self.open_to(person) and (person.whole or not asked_alone(row))


def insight(request: Request) -> Insight:
    """How questions may be looked at here."""
    chosen: Insight = request.app.state.insight
    return chosen


def workspaces_of(person: Person) -> tuple[str, ...] | None:
    """The workspaces whose questions somebody may look at; None: all there are."""
    if person.whole:
        return None
    return tuple(sorted({*person.arrival.workspaces, *person.arrival.governed}))
