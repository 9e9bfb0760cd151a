"""What exists before anybody speaks: people, guilds, roles, channels and threads, and how they change."""

from typing import Any

from tests.fakes.discord.guild_wire import guild_create
from tests.fakes.discord.permissions import Permission, sees
from tests.fakes.discord.posting import Posting
from tests.fakes.discord.sessions import GUILDS, MEMBERS
from tests.fakes.discord.state import Channel, Guild, Kind, Member, Message, Overwrite, Role, User
from tests.fakes.discord.wire import channel_json, member_json, role_json, thread_member_json

VIEW = int(Permission.VIEW_CHANNEL)


class Making(Posting):
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
        member.roles.append(found.id)
        self._tell_member(place, member)

    def take_role(self, user: User | str, role: Role | str, *, guild: Guild | str | None = None) -> None:
        place = self.find_guild(guild or self.guild)
        member, found = place.members[self.find_user(user).id], _role(place, role)
        member.roles.remove(found.id)
        self._tell_member(place, member)

    def set_permissions(self, role: Role | str, permissions: int, *, guild: Guild | str | None = None) -> None:
        """A role may do just this from now on; `@everyone` is a role too."""
        place = self.find_guild(guild or self.guild)
        found = _role(place, role)
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
        self._tell_channel(channel, "CHANNEL_CREATE")
        return channel

    def overwrite(self, channel: Channel | str, who: User | Role | str, *, allow: int = 0, deny: int = 0) -> None:
        """What a channel allows and denies somebody or a role from now on; with neither, nothing special."""
        place = self.find_channel(channel)
        target = self._person_or_role(place, who) if isinstance(who, str) else who
        place.overwrites.pop(target.id, None)
        if allow or deny:
            kind = 0 if isinstance(target, Role) else 1
            place.overwrites[target.id] = Overwrite(target.id, kind, int(allow), int(deny))
        self._tell_channel(place, "CHANNEL_UPDATE")

    def delete_role(self, role: Role | str, *, guild: Guild | str | None = None) -> None:
        """A role goes, and everybody loses it."""
        place = self.find_guild(guild or self.guild)
        found = place.roles.pop(_role(place, role).id)
        for member in place.members.values():
            member.roles = [one for one in member.roles if one != found.id]
        body = {"guild_id": place.id, "role_id": found.id}
        self.gateway.dispatch("GUILD_ROLE_DELETE", body, guild_id=place.id, intents=GUILDS)

    def delete_channel(self, channel: Channel | str) -> None:
        """A channel or a thread goes, with all that is in it."""
        place = self.find_channel(channel)
        place.deleted = True
        if place.guild is not None and not place.is_thread:
            for thread in place.guild.channels.values():
                thread.deleted = thread.deleted or thread.parent is place
        event = "THREAD_DELETE" if place.is_thread else "CHANNEL_DELETE"
        self._tell_channel(place, event)

    def change_channel(self, channel: Channel | str, **fields: Any) -> Channel:
        """Renames a channel, archives a thread and so on."""
        place = self.find_channel(channel)
        for name, value in fields.items():
            setattr(place, name, value)
        self._tell_channel(place, "THREAD_UPDATE" if place.is_thread else "CHANNEL_UPDATE")
        return place

    def new_thread(
        self,
        name: str,
        *,
        channel: Channel | str | None = None,
        private: bool = False,
        owner: User | str | None = None,
        members: list[User | str] | None = None,
        message: Message | None = None,
        bot: bool = False,
    ) -> Channel:
        """Somebody opens a thread, from a message or without one; `bot` adds the bot to it."""
        place = message.channel if message else self.find_channel(channel or self.general)
        starter = self.find_user(owner or self.mina)
        people = [starter, *(self.find_user(one) for one in members or []), *([self.bot] if bot else [])]
        return self.open_thread(place, name, owner=starter, members=people, private=private, message=message)

    def open_thread(
        self,
        parent: Channel,
        name: str,
        *,
        owner: User,
        members: list[User],
        private: bool = False,
        message: Message | None = None,
    ) -> Channel:
        """A thread appears and whoever may see it is told. One that starts from a message has the message's id."""
        assert parent.guild is not None
        kind: Kind = "private_thread" if private else "public_thread"
        if parent.kind == "announcement":
            kind = "announcement_thread"
        now = self.clock.now()
        number = message.id if message else self.world.new_id()
        thread = Channel(number, kind, name, parent.guild, parent=parent, owner_id=owner.id, created_at=now)
        thread.thread_members = {one.id: now for one in members}
        parent.guild.channels[thread.id] = thread
        if message is not None:
            message.thread = thread
        self._tell_channel(thread, "THREAD_CREATE", newly_created=True)
        return thread

    def add_to_thread(self, thread: Channel | str, user: User | str) -> None:
        place, person = self.find_channel(thread), self.find_user(user)
        place.thread_members.setdefault(person.id, self.clock.now())
        if person is self.bot:
            self._tell_channel(place, "THREAD_CREATE")
        self._tell_thread_members(place, added=[person], removed=[])

    def remove_from_thread(self, thread: Channel | str, user: User | str) -> None:
        place, person = self.find_channel(thread), self.find_user(user)
        place.thread_members.pop(person.id, None)
        self._tell_thread_members(place, added=[], removed=[person])

    def _person_or_role(self, channel: Channel, name: str) -> User | Role:
        """By id or name. Raises KeyError."""
        assert channel.guild is not None
        try:
            return _role(channel.guild, name)
        except KeyError:
            return self.world.find_user(name)

    def _tell_thread_members(self, thread: Channel, *, added: list[User], removed: list[User]) -> None:
        """Without the members intent a bot hears of itself alone."""
        assert thread.guild is not None
        if self.bot not in (*added, *removed):
            return
        guild = thread.guild
        joined = [
            thread_member_json(self.world, thread, one.id)
            | {"member": member_json(guild.members[one.id]), "presence": None}
            for one in added
        ]
        body = {"id": thread.id, "guild_id": guild.id, "member_count": len(thread.thread_members)}
        body |= {"added_members": joined, "removed_member_ids": [one.id for one in removed]}
        self.gateway.dispatch("THREAD_MEMBERS_UPDATE", body, guild_id=guild.id, intents=GUILDS)

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

    def _tell_channel(self, channel: Channel, event: str, **more: Any) -> None:
        """Bots hear of every channel, also of hidden ones; of threads only where they see them."""
        assert channel.guild is not None
        if channel.is_thread and not sees(channel, self.bot.id):
            return
        body = channel_json(self.world, channel) | {"guild_id": channel.guild.id} | more
        self.gateway.dispatch(event, body, guild_id=channel.guild.id, intents=GUILDS)


def _role(guild: Guild, role: Role | str) -> Role:
    """By id or name; KeyError where there is none."""
    if isinstance(role, Role):
        return role
    found = guild.roles.get(role) or next((one for one in guild.roles.values() if one.name == role), None)
    if found is None:
        raise KeyError(f"no role {role!r}")
    return found
