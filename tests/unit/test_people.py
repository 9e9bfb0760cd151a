"""Who somebody is to the console, and what they may do there."""

import pytest

from core.people import TOKEN, Arrival, Person, Right, Role, Roster
from core.types import GUIDE, PUBLIC, Audience, Scope

T1, T2 = "slack:T1", "slack:T2"
WORKSPACE = Scope(f"workspace:{T1}")
PRIVATE = Scope(f"channel:{T1}:C1")
DIRECT = Scope(f"dm:{T1}:D1")
ELSEWHERE = Scope(f"workspace:{T2}")
ALL = (PUBLIC, WORKSPACE, PRIVATE, DIRECT, ELSEWHERE, Scope(f"channel:{T2}:C1"), GUIDE)
ROSTER = Roster(frozenset({f"{T1}:U1", "discord:1"}), frozenset({f"{T1}:U2"}))


def slack(user: str, *, governs: bool = False) -> Person:
    return ROSTER.person(Arrival(f"{T1}:{user}", "Mina", (T1,), (T1,) if governs else ()))


TABLE = [
    (ROSTER.person(Arrival(TOKEN)), Role.ADMINISTRATOR, Right.RUN, set(ALL), set(ALL) - {GUIDE}),
    (slack("U1"), Role.ADMINISTRATOR, Right.RUN, set(ALL), set(ALL) - {GUIDE}),
    (slack("U2"), Role.EDITOR, Right.EDIT, {PUBLIC, WORKSPACE, GUIDE}, {PUBLIC, WORKSPACE}),
    (slack("U3"), Role.READER, Right.READ, {PUBLIC, WORKSPACE, GUIDE}, set()),
    (
        slack("U3", governs=True),
        Role.ADMINISTRATOR,
        Right.ADMINISTER,
        {PUBLIC, WORKSPACE, PRIVATE, GUIDE},
        {WORKSPACE, PRIVATE},
    ),
    (
        slack("U2", governs=True),
        Role.ADMINISTRATOR,
        Right.ADMINISTER,
        {PUBLIC, WORKSPACE, PRIVATE, GUIDE},
        {PUBLIC, WORKSPACE, PRIVATE},
    ),
    (ROSTER.person(Arrival("discord:2")), Role.READER, Right.READ, {PUBLIC, GUIDE}, set()),
]


@pytest.mark.parametrize(("person", "role", "most", "read", "changed"), TABLE)
def test_what_somebody_may_follows_from_who_they_are(
    person: Person, role: Role, most: Right, read: set[Scope], changed: set[Scope]
) -> None:
    assert person.role is role
    assert {right for right in Right if person.may(right)} == {right for right in Right if right <= most}
    assert {scope for scope in ALL if person.reads(scope)} == read
    assert {scope for scope in ALL if person.changes(scope)} == changed


def test_workspaces_are_looked_after_by_their_own_administrators() -> None:
    assert slack("U3", governs=True).governs(T1)
    assert not slack("U3", governs=True).governs(T2)
    assert not slack("U3").governs(T1)
    assert slack("U1").governs(T2)


def test_people_ask_as_one_of_many() -> None:
    assert slack("U1").audience == Audience.of(PUBLIC, WORKSPACE)
    assert ROSTER.person(Arrival(TOKEN)).audience == Audience.of(PUBLIC)


def test_people_are_at_home_in_the_one_workspace_that_they_are_in() -> None:
    assert slack("U1").home == WORKSPACE
    assert Person(Arrival("discord:2", "", ("discord:1", "discord:2"))).home is None
    assert Person(Arrival(TOKEN)).home is None


def test_an_arrival_comes_back_as_it_was_kept() -> None:
    arrival = Arrival(f"{T1}:U1", "민아 \ud800", (T1, T2), (T2,))
    assert Arrival.load(arrival.dump()) == arrival
    assert arrival.platform == "slack"
    assert Arrival(TOKEN).platform == TOKEN
    assert slack("U1").id == f"{T1}:U1"
