"""Who may read which channel of a server, for people of whom nothing is known but what roles there are. Pure.

Somebody sees what is said in a channel while they can view it; they can read what was shared there when they can view
it and read its history. In a voice channel both take the permission to connect, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

ADMINISTRATOR, VIEW, HISTORY, CONNECT = 1 << 3, 1 << 10, 1 << 16, 1 << 20
CHANNELS_CONSIDERED = 500
"""As many as a server can have."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to a role or a member, as bits of permissions."""

    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a server: no category and no thread."""

    id: str
    roles: Mapping[str, Overwrite] = field(default_factory=dict)
    """By role; that of @everyone under the id of the server."""
    members: Mapping[str, Overwrite] = field(default_factory=dict)
    """By user: people only, no bots."""
    voice: bool = False

    @property
    def to_see(self) -> tuple[int, ...]:
        """The permissions that it takes to see what is being said."""
        return (VIEW, CONNECT) if self.voice else (VIEW,)

    @property
    def to_read(self) -> tuple[int, ...]:
        """The permissions that it takes to read what was shared here."""
        return (*self.to_see, HISTORY)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread or a forum post."""

    id: str
    parent: str
    private: bool = False
    members: frozenset[str] = frozenset()
    """Those that are known, which need not be all."""


@dataclass(frozen=True, slots=True)
class Server:
    """Everything that decides who reads what in a server. Two that are equal decide alike."""

    id: str
    owner: str
    everyone: int
    """The permissions of @everyone."""
    roles: Mapping[str, int] = field(default_factory=dict)
    """The permissions of every other role that a person can have."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    threads: Mapping[str, Thread] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The roles of those people whose roles are known to be up to date. Nothing is assumed of others."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One permission in one channel. Sets of roles are bits of a number."""

    allow: int
    """Roles whose overwrite allows it."""
    deny: int
    """Roles whose overwrite denies it."""
    granted: int
    """Roles that grant it before the overwrites of roles."""
    always: bool
    """Whether everybody has it before the overwrites of roles."""

    @property
    def open_to_all(self) -> bool:
        """Whether everybody gets through who has no overwrite of their own."""
        return self.always and not self.deny


Group = tuple[int, int]
"""What members with the same overwrite are allowed and denied."""
NOTHING: Group = (0, 0)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A channel made ready for comparing: equal ones are read by the same people."""

    see: tuple[Gate, ...]
    read: tuple[Gate, ...]
    see_bits: tuple[int, ...]
    read_bits: tuple[int, ...]
    members: frozenset[tuple[str, Group]]


class Readers:
    """Compares who sees one channel with who may read others, for one state of a server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        usual = {role: bits for role, bits in server.roles.items() if not bits & ADMINISTRATOR}
        self._places = {role: 1 << number for number, role in enumerate(usual)}
        self._all = (1 << len(usual)) - 1
        self._granted = {bit: self._set(usual, bit) for bit in (VIEW, HISTORY, CONNECT)}
        self._kinds: dict[Compiled, int] = {}
        self._kind = {
            channel.id: self._kinds.setdefault(self._compile(channel), len(self._kinds))
            for channel in list(server.channels.values())[:CHANNELS_CONSIDERED]
        }
        self._members = [dict(compiled.members) for compiled in self._kinds]
        self._found: dict[int, list[bool]] = {}

    def readable_by_all_of(self, channel: str) -> frozenset[str]:
        """The channels whose documents everybody may read who sees this one. Itself is none of them where somebody
        sees only what is being said. Empty for an unknown one."""
        if channel not in self._kind:
            return frozenset()
        kind = self._kind[channel]
        if kind not in self._found:
            seen = list(self._kinds)[kind]
            self._found[kind] = [self._all_read(seen, kind, of=other) for other in self._kinds]
        verdicts = self._found[kind]
        return frozenset(name for name, other in self._kind.items() if verdicts[other])

    def readable_by(self, user: str, *, roles: frozenset[str]) -> frozenset[str]:
        """The channels that a member with these roles may read."""
        channels = self.server.channels
        return frozenset(name for name in self._kind if may_read(self.server, channels[name], user, roles=roles))

    def _all_read(self, seen: Compiled, kind: int, *, of: Compiled) -> bool:
        if self.server.everyone & ADMINISTRATOR:
            return True
        if any(not gate.open_to_all and possible(self._all, seen.see, but_not=gate) for gate in of.read):
            return False
        special = self._special(self._members[kind], self._members[self._kinds[of]])
        return not any(self._leaks(*case, seen=seen, of=of) for case in special)

    def _special(self, here: Mapping[str, Group], there: Mapping[str, Group]) -> set[tuple[Group, Group, str]]:
        """The cases of people who have overwrites of their own; a name only where their roles are known."""
        return {
            (here.get(user, NOTHING), there.get(user, NOTHING), user if user in self.server.members else "")
            for user in here.keys() | there.keys()
            if user != self.server.owner
        }

    def _leaks(self, here: Group, there: Group, user: str, *, seen: Compiled, of: Compiled) -> bool:
        """Whether somebody with these overwrites may see the one channel and not read the other."""
        gates = _left(seen.see, seen.see_bits, here)
        closed = _left(of.read, of.read_bits, there)
        if gates is None:
            return False
        if user:
            return self._known_leak(user, gates, closed)
        if closed is None:
            return possible(self._all, gates)
        return any(possible(self._all, gates, but_not=gate) for gate in closed)

    def _known_leak(self, user: str, gates: Sequence[Gate], closed: Sequence[Gate] | None) -> bool:
        roles = self.server.members[user]
        if any(self.server.roles.get(role, 0) & ADMINISTRATOR for role in roles):
            return False
        has = sum(self._places.get(role, 0) for role in roles)
        return all(_opens(gate, has) for gate in gates) and not (
            closed is not None and all(_opens(gate, has) for gate in closed)
        )

    def _compile(self, channel: Channel) -> Compiled:
        relevant = sum(channel.to_read)
        groups = ((user, (one.allow & relevant, one.deny & relevant)) for user, one in channel.members.items())
        return Compiled(
            tuple(self._gate(channel, bit) for bit in channel.to_see),
            tuple(self._gate(channel, bit) for bit in channel.to_read),
            channel.to_see,
            channel.to_read,
            frozenset((user, group) for user, group in groups if any(group)),
        )

    def _gate(self, channel: Channel, bit: int) -> Gate:
        everyone = channel.roles.get(self.server.id, Overwrite())
        allow = self._set({role: one.allow for role, one in channel.roles.items()}, bit)
        deny = self._set({role: one.deny for role, one in channel.roles.items()}, bit)
        if (everyone.allow | everyone.deny) & bit:
            return Gate(allow, deny, granted=0, always=bool(everyone.allow & bit))
        return Gate(allow, deny, self._granted[bit], always=bool(self.server.everyone & bit))

    def _set(self, bits: Mapping[str, int], bit: int) -> int:
        return sum(self._places[role] for role, value in bits.items() if value & bit and role in self._places)


def possible(roles: int, gates: Sequence[Gate], *, but_not: Gate | None = None) -> bool:
    """Whether a person with some of these roles may get through all gates, but not through that one.

    A gate opens for somebody with a role that it allows; or else with no role that it denies, when they have it to
    begin with. So once it is chosen which gates are opened by an overwrite, every role that stands in the way of none
    of the others may as well be had, and it is enough to look at all of them at once.
    """
    for usable, needed in _ways_to_fail(roles, but_not):
        for chosen in product((True, False), repeat=len(gates)):
            had = usable
            for gate, allowed in zip(gates, chosen, strict=True):
                had &= -1 if allowed else ~gate.deny
            if (needed is None or had & needed) and all(
                had & gate.allow if allowed else gate.always or had & gate.granted
                for gate, allowed in zip(gates, chosen, strict=True)
            ):
                return True
    return False


def _ways_to_fail(roles: int, gate: Gate | None) -> Iterator[tuple[int, int | None]]:
    """The roles that may be had by somebody who does not get through a gate, and of which they need one."""
    if gate is None:
        yield roles, None
        return
    others = roles & ~gate.allow
    if others & gate.deny:
        yield others, gate.deny
    if not gate.always:
        yield others & ~gate.granted, None


def _opens(gate: Gate, roles: int) -> bool:
    return bool(roles & gate.allow) or (not roles & gate.deny and (gate.always or bool(roles & gate.granted)))


def _left(gates: Sequence[Gate], bits: Sequence[int], own: Group) -> Sequence[Gate] | None:
    """The gates that an overwrite of one's own leaves to the roles; None where it shuts one for good."""
    allow, deny = own
    if any(deny & bit and not allow & bit for bit in bits):
        return None
    return [gate for gate, bit in zip(gates, bits, strict=True) if not allow & bit]


def may_read(server: Server, channel: Channel, user: str, *, roles: frozenset[str]) -> bool:
    """Whether this member may read what was shared in a channel."""
    had = server.everyone
    for role in roles:
        had |= server.roles.get(role, 0)
    if user == server.owner or had & ADMINISTRATOR:
        return True
    had = _after(had, channel.roles.get(server.id))
    theirs = [channel.roles[role] for role in roles if role in channel.roles and role != server.id]
    allow = deny = 0
    for one in theirs:
        allow, deny = allow | one.allow, deny | one.deny
    had = _after(_after(had, Overwrite(allow, deny)), channel.members.get(user))
    return all(had & bit for bit in channel.to_read)


def _after(bits: int, overwrite: Overwrite | None) -> int:
    return bits if overwrite is None else (bits & ~overwrite.deny) | overwrite.allow
