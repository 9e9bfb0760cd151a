"""Everything that exists in the fake, found by id or by name."""

import secrets
from datetime import UTC, datetime

from tests.fakes.discord.permissions import EVERYONE
from tests.fakes.discord.state import Channel, Guild, Interaction, Json, Kind, Member, Message, Overwrite, Role, User
from tests.fakes.slack.clock import Clock

EPOCH_MS = 1_420_070_400_000
BOT_TOKEN = "fake.discord.token"


class World:
    """Guilds, channels, users and interactions by id; ids are never given twice."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._last_id = 0
        self.guilds: dict[str, Guild] = {}
        self.users: dict[str, User] = {}
        self.directs: dict[str, Channel] = {}
        self.interactions: dict[str, Interaction] = {}
        self.tokens: dict[str, Interaction] = {}
        """Interactions by their token."""
        self.commands: dict[str, Json] = {}
        """The global commands by id."""
        self.token = BOT_TOKEN
        self.bot = self.new_user("saseo", is_bot=True)
        self.application_id = self.bot.id
        self.owner = self.new_user("owner")
        self.message_content = True
        """Whether the application was granted the message content intent."""
        self.members_intent = False
        self.user_installs: set[str] = set()
        """Ids of people who installed the app for themselves."""

    def new_id(self) -> str:
        candidate = (int(self.clock.now() * 1000) - EPOCH_MS) << 22
        self._last_id = max(candidate, self._last_id + 1)
        return str(self._last_id)

    def iso(self, at: float | None = None) -> str:
        moment = datetime.fromtimestamp(self.clock.now() if at is None else at, UTC)
        return moment.isoformat(timespec="microseconds")

    def new_user(self, name: str, *, locale: str = "en-US", is_bot: bool = False) -> User:
        user = User(self.new_id(), name, locale, is_bot)
        self.users[user.id] = user
        return user

    def new_guild(self, name: str, *, owner: User | None = None, id: str | None = None) -> Guild:  # noqa: A002
        guild = Guild(id or self.new_id(), name, (owner or self.owner).id, self.iso())
        guild.roles[guild.id] = Role(guild.id, "@everyone", int(EVERYONE), position=0)
        self.guilds[guild.id] = guild
        self.join(guild, owner or self.owner)
        return guild

    def join(self, guild: Guild, user: User) -> Member:
        member = Member(user, self.iso())
        if user.is_bot:
            role = Role(self.new_id(), user.name, 0, position=len(guild.roles), bot_id=user.id)
            guild.roles[role.id] = role
            member.roles.append(role.id)
        guild.members[user.id] = member
        return member

    def new_channel(
        self, guild: Guild, name: str, *, kind: Kind, parent: Channel | None = None, overwrites: list[Overwrite]
    ) -> Channel:
        channel = Channel(
            self.new_id(),
            kind,
            name,
            guild,
            position=len(guild.channels),
            parent=parent,
            overwrites={one.id: one for one in overwrites},
            created_at=self.clock.now(),
        )
        guild.channels[channel.id] = channel
        return channel

    def direct(self, user: User) -> Channel:
        """The direct message between the bot and somebody, made where there is none yet."""
        for channel in self.directs.values():
            if user.id in channel.recipients:
                return channel
        channel = Channel(self.new_id(), "dm", recipients=[self.bot.id, user.id], created_at=self.clock.now())
        self.directs[channel.id] = channel
        return channel

    def find_channel(self, name: str) -> Channel:
        """By id or by name; KeyError where there is none."""
        everywhere = [
            *self.directs.values(),
            *(one for guild in self.guilds.values() for one in guild.channels.values()),
        ]
        plain = name.removeprefix("#")
        for channel in everywhere:
            if not channel.deleted and (channel.id == name or (channel.name == plain and plain)):
                return channel
        raise KeyError(f"no channel {name!r}")

    def channel(self, channel_id: str) -> Channel | None:
        """By id alone."""
        if found := self.directs.get(channel_id):
            return found
        for guild in self.guilds.values():
            if (found := guild.channels.get(channel_id)) and not found.deleted:
                return found
        return None

    def find_user(self, name: str) -> User:
        """By id or by name; KeyError where there is none."""
        found = self.users.get(name) or next((user for user in self.users.values() if user.name == name), None)
        if found is None:
            raise KeyError(f"no user {name!r}")
        return found

    def find_guild(self, name: str) -> Guild:
        found = self.guilds.get(name) or next((one for one in self.guilds.values() if one.name == name), None)
        if found is None:
            raise KeyError(f"no guild {name!r}")
        return found

    def find_message(self, message_id: str) -> Message:
        for channel in self.channels():
            if message_id in channel.messages:
                return channel.messages[message_id]
        raise KeyError(f"no message {message_id!r}")

    def channels(self) -> list[Channel]:
        inside = [channel for guild in self.guilds.values() for channel in guild.channels.values()]
        return [*self.directs.values(), *inside]

    def new_token(self) -> str:
        """An interaction's token."""
        return secrets.token_urlsafe(48)
