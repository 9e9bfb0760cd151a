"""Who somebody is to the console, and what they may do there. Pure. Default deny."""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from core.types import GUIDE, PUBLIC, Audience, Scope

TOKEN = "token"  # noqa: S105 - the name of whoever has the token
"""The id of whoever signed in with the token; it belongs to no platform."""
LOOKED_AFTER = ("workspace", "channel")
"""The kinds of scopes in a workspace that its administrators look after. Direct messages are nobody's business."""


class Role(IntEnum):
    """What somebody is, each more than the one before."""

    READER = 1
    EDITOR = 2
    ADMINISTRATOR = 3


class Right(IntEnum):
    """What a page asks for, each more than the one before."""

    ENTER = 0
    """Anybody, also who is not signed in."""
    READ = 1
    EDIT = 2
    ADMINISTER = 3
    """Administrators, each for what belongs to them."""
    RUN = 4
    """Those who look after the whole of this Saseo."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody as their platform introduced them. Workspaces are spelled `slack:T1`."""

    id: str
    """`slack:T1:U1`, `discord:1`, or `token`."""
    name: str = ""
    workspaces: tuple[str, ...] = ()
    """Those that they are a full member of."""
    governed: tuple[str, ...] = ()
    """Those that the platform has them administer."""

    @property
    def platform(self) -> str:
        """Where they come from: `slack`, `discord` or `token`."""
        return self.id.partition(":")[0]

    def dump(self) -> str:
        """As a visit keeps it."""
        return json.dumps([self.id, self.name, self.workspaces, self.governed])

    @classmethod
    def load(cls, kept: str) -> Self:
        """What `dump` wrote."""
        identity, name, workspaces, governed = json.loads(kept)
        return cls(identity, name, tuple(workspaces), tuple(governed))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in, with what they may do."""

    arrival: Arrival
    granted: Role = Role.READER
    """What the settings make of them; their platform may make them more."""

    @property
    def id(self) -> str:
        """The name that deeds are noted under."""
        return self.arrival.id

    @property
    def role(self) -> Role:
        """The most that the settings or their platform make of them."""
        return Role.ADMINISTRATOR if self.arrival.governed else self.granted

    @property
    def whole(self) -> bool:
        """Whether they look after the whole of this Saseo, and not only after their workspaces."""
        return self.granted is Role.ADMINISTRATOR

    @property
    def audience(self) -> Audience:
        """What they may read as one of many: what is public, and what their workspaces know."""
        return Audience.of(PUBLIC, *(Scope(f"workspace:{name}") for name in self.arrival.workspaces))

    @property
    def home(self) -> Scope | None:
        """Everybody in the one workspace that they are in; None where there is none, or more than one."""
        home, *others = self.arrival.workspaces or ("",)
        return Scope(f"workspace:{home}") if home and not others else None

    def may(self, right: Right) -> bool:
        """Whether they may open a page that asks for this."""
        return self.whole if right is Right.RUN else int(right) <= int(self.role)

    def governs(self, workspace: str) -> bool:
        """Whether they look after a workspace, spelled `slack:T1`."""
        return self.whole or workspace in self.arrival.governed

    def reads(self, scope: Scope) -> bool:
        """Whether they may see the documents of a scope."""
        return self.whole or scope == GUIDE or scope in self.audience or self._looks_after(scope)

    def changes(self, scope: Scope) -> bool:
        """Whether they may add, change and forget documents of a scope."""
        if scope == GUIDE:
            return False
        return self._looks_after(scope) or (self.granted >= Role.EDITOR and self.reads(scope))

    def _looks_after(self, scope: Scope) -> bool:
        inside = any(scope.belongs_to(name) for name in self.arrival.governed)
        return inside and scope.name.partition(":")[0] in LOOKED_AFTER


@dataclass(frozen=True, slots=True)
class Roster:
    """The people whom the settings give a role, by id."""

    administrators: frozenset[str] = frozenset()
    editors: frozenset[str] = frozenset()

    def person(self, arrival: Arrival) -> Person:
        """Somebody with what the settings make of them. Whoever has the token may do everything."""
        if arrival.id == TOKEN or arrival.id in self.administrators:
            return Person(arrival, Role.ADMINISTRATOR)
        return Person(arrival, Role.EDITOR if arrival.id in self.editors else Role.READER)
