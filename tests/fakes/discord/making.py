"""What exists before anybody speaks: people, guilds, roles, channels and threads, and how they change."""

from tests.fakes.discord.guild_wire import guild_create
from tests.fakes.discord.permissions import Permission
from tests.fakes.discord.sessions import GUILDS, MEMBERS
from tests.fakes.discord.state import Channel, Guild, Kind, Member, Overwrite, Role, User
from tests.fakes.discord.threads import Threads
from tests.fakes.discord.wire import member_json, role_json

VIEW = int(Permission.VIEW_CHANNEL)


class Making(Threads):
    """Acts on the world. People, roles, channels and guilds are given as objects, ids or names."""

    guild: Guild
    general: Channel
    mina: User

    def new_user(
        self, name: str, *, locale: str = "en-US", guilds: list[Guild | str] | None = None, is_bot: bool = False
    ) -> User:
        """A person or another bot, in the first guild unless others are named."""
        user = self.world.new_user(name, locale=locale, is_bot=is_bot)
        for guild in [self.guild] if guilds is None else guilds:
            self.join(user, guild)
        return user

    def new_guild(
        self,
        name: str,
        *,
        members: list[User | str] | None = None,
        bot: bool = True,
        owner: User | str | None = None,
        id: str | None = None,  # noqa: A002
    ) -> Guild:
        """A server with these people, with the bot unless told otherwise. It has no channel yet."""
        guild = self.world.new_guild(name, owner=self.find_user(owner) if owner else None, id=id)
        for member in members or []:
            self.world.join(guild, self.find_user(member))
        if bot:
            self.world.join(guild, self.bot)
            self._tell_guild(guild)
        return guild

    def join(self, user: User | str, guild: Guild | str | None = None) -> Member:
        """Somebody joins a guild; for the bot that is an invitation."""
        place, person = self.find_guild(guild or self.guild), self.find_user(user)
        member = self.world.join(place, person)
        if person is self.bot:
            self._tell_guild(place)
        else:
            body = member_json(member) | {"guild_id": place.id}
            self.gateway.dispatch("GUILD_MEMBER_ADD", body, guild_id=place.id, intents=MEMBERS)
        return member

    def leave(self, user: User | str, guild: Guild | str | None = None) -> None:
        """Somebody leaves a guild; the bot is removed from it."""
        place, person = self.find_guild(guild or self.guild), self.find_user(user)
        place.members.pop(person.id)
        if person is self.bot:
            self.gateway.dispatch("GUILD_DELETE", {"id": place.id}, guild_id=place.id, intents=GUILDS)
        self.changed()

    def set_available(self, guild: Guild | str, *, available: bool) -> None:
        """A guild goes down or comes back, as in an outage of Discord's."""
        place = self.find_guild(guild)
        place.available = available
        if available:
            self._tell_guild(place)
        else:
            self.gateway.dispatch("GUILD_DELETE", {"id": place.id, "unavailable": True}, guild_id=place.id)

    def new_role(
        self,
        name: str,
        *,
        permissions: int = 0,
        members: list[User | str] | None = None,
        guild: Guild | str | None = None,
        mentionable: bool = False,
    ) -> Role:
        place = self.find_guild(guild or self.guild)
        role = Role(self.world.new_id(), name, int(permissions), len(place.roles), mentionable=mentionable)
        place.roles[role.id] = role
        self._tell_role(place, role, "GUILD_ROLE_CREATE")
        for member in members or []:
            self.give_role(member, role, guild=place)
        return role

    def give_role(self, user: User | str, role: Role | str, *, guild: Guild | str | None = None) -> None:
        place = self.find_guild(guild or self.guild)
        member, found = place.members[self.find_user(user).id], _role(place, role)
        with self.gaining(place):
            member.roles.append(found.id)
            self._tell_member(place, member)

    def take_role(self, user: User | str, role: Role | str, *, guild: Guild | str | None = None) -> None:
        place = self.find_guild(guild or self.guild)
        member, found = place.members[self.find_user(user).id], _role(place, role)
        with self.gaining(place):
            member.roles.remove(found.id)
            self._tell_member(place, member)

    def set_permissions(self, role: Role | str, permissions: int, *, guild: Guild | str | None = None) -> None:
        """A role may do just this from now on; `@everyone` is a role too."""
        place = self.find_guild(guild or self.guild)
        found = _role(place, role)
        with self.gaining(place):
            found.permissions = int(permissions)
            self._tell_role(place, found, "GUILD_ROLE_UPDATE")

    def new_channel(
        self,
        name: str,
        *,
        kind: Kind = "text",
        guild: Guild | str | None = None,
        only: list[User | Role] | None = None,
        bot: bool = True,
        category: Channel | str | None = None,
        overwrites: list[Overwrite] | None = None,
    ) -> Channel:
        """A channel that everybody sees, or `only` these people and roles and, unless `bot` is false, the bot."""
        place = self.find_guild(guild or self.guild)
        rules = list(overwrites or [])
        if only is not None:
            rules.append(Overwrite(place.id, 0, deny=VIEW))
            rules += [Overwrite(one.id, 0 if isinstance(one, Role) else 1, allow=VIEW) for one in only]
            if bot:
                rules.append(Overwrite(self.bot.id, 1, allow=VIEW))
        elif not bot:
            rules.append(Overwrite(self.bot.id, 1, deny=VIEW))
        parent = self.find_channel(category) if category else None
        channel = self.world.new_channel(place, name, kind=kind, parent=parent, overwrites=rules)
        self.tell_channel(channel, "CHANNEL_CREATE")
        return channel

    def overwrite(self, channel: Channel | str, who: User | Role | str, *, allow: int = 0, deny: int = 0) -> None:
        """What a channel allows and denies somebody or a role from now on; with neither, nothing special."""
        place = self.find_channel(channel)
        target = self._person_or_role(place, who) if isinstance(who, str) else who
        assert place.guild is not None
        with self.gaining(place.guild):
            place.overwrites.pop(target.id, None)
            if allow or deny:
                kind = 0 if isinstance(target, Role) else 1
                place.overwrites[target.id] = Overwrite(target.id, kind, int(allow), int(deny))
            self.tell_channel(place, "CHANNEL_UPDATE")

    def delete_role(self, role: Role | str, *, guild: Guild | str | None = None) -> None:
        """A role goes, and everybody loses it."""
        place = self.find_guild(guild or self.guild)
        found = place.roles.pop(_role(place, role).id)
        for member in place.members.values():
            member.roles = [one for one in member.roles if one != found.id]
        body = {"guild_id": place.id, "role_id": found.id}
        self.gateway.dispatch("GUILD_ROLE_DELETE", body, guild_id=place.id, intents=GUILDS)

    def _person_or_role(self, channel: Channel, name: str) -> User | Role:
        """By id or name. Raises KeyError."""
        assert channel.guild is not None
        try:
            return _role(channel.guild, name)
        except KeyError:
            return self.world.find_user(name)

    def _tell_guild(self, guild: Guild) -> None:
        self.gateway.dispatch(
            "GUILD_CREATE",
            lambda session: guild_create(self.world, guild, everybody=bool(session.intents & MEMBERS)),
            guild_id=guild.id,
            intents=GUILDS,
        )

    def _tell_role(self, guild: Guild, role: Role, event: str) -> None:
        body = {"guild_id": guild.id, "role": role_json(role)}
        self.gateway.dispatch(event, body, guild_id=guild.id, intents=GUILDS)

    def _tell_member(self, guild: Guild, member: Member) -> None:
        """A bot hears of changes to itself in any case."""
        intents = 0 if member.user is self.bot else MEMBERS
        body = member_json(member) | {"guild_id": guild.id}
        self.gateway.dispatch("GUILD_MEMBER_UPDATE", body, guild_id=guild.id, intents=intents)


def _role(guild: Guild, role: Role | str) -> Role:
    """By id or name; KeyError where there is none."""
    if isinstance(role, Role):
        return role
    found = guild.roles.get(role) or next((one for one in guild.roles.values() if one.name == role), None)
    if found is None:
        raise KeyError(f"no role {role!r}")
    return found
