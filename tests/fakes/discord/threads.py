"""Channels and threads change and go; threads are opened, joined and left, and the bot hears of what it sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.fakes.discord.permissions import sees
from tests.fakes.discord.posting import Posting
from tests.fakes.discord.sessions import GUILDS
from tests.fakes.discord.state import Channel, Guild, Kind, Message, User
from tests.fakes.discord.wire import channel_json, member_json, thread_member_json


class Threads(Posting):
    """Acts on channels and threads; these and people are given as objects, ids or names."""

    general: Channel
    mina: User

    def delete_channel(self, channel: Channel | str) -> None:
        """A channel or a thread goes, with all that is in it."""
        place = self.find_channel(channel)
        place.deleted = True
        if place.guild is not None and not place.is_thread:
            for thread in place.guild.channels.values():
                thread.deleted = thread.deleted or thread.parent is place
        event = "THREAD_DELETE" if place.is_thread else "CHANNEL_DELETE"
        self.tell_channel(place, event)

    def change_channel(self, channel: Channel | str, **fields: Any) -> Channel:
        """Renames a channel, archives a thread and so on."""
        place = self.find_channel(channel)
        for name, value in fields.items():
            setattr(place, name, value)
        self.tell_channel(place, "THREAD_UPDATE" if place.is_thread else "CHANNEL_UPDATE")
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
        self.tell_channel(thread, "THREAD_CREATE", newly_created=True)
        return thread

    def add_to_thread(self, thread: Channel | str, user: User | str) -> None:
        place, person = self.find_channel(thread), self.find_user(user)
        place.thread_members.setdefault(person.id, self.clock.now())
        if person is self.bot:
            self.tell_channel(place, "THREAD_CREATE")
        self._tell_thread_members(place, added=[person], removed=[])

    def remove_from_thread(self, thread: Channel | str, user: User | str) -> None:
        place, person = self.find_channel(thread), self.find_user(user)
        place.thread_members.pop(person.id, None)
        self._tell_thread_members(place, added=[], removed=[person])

    @contextmanager
    def gaining(self, guild: Guild) -> Iterator[None]:
        """Whoever gains sight of channels in here is told of the threads that go on in them."""
        before = {one.id for one in guild.channels.values() if sees(one, self.bot.id)}
        yield
        gained = [one for one in guild.channels.values() if sees(one, self.bot.id) and one.id not in before]
        threads = [one for one in gained if one.is_thread and not one.archived and not one.deleted]
        if threads:
            ours = [one for one in threads if self.bot.id in one.thread_members]
            body = {
                "guild_id": guild.id,
                "channel_ids": [one.id for one in gained if not one.is_thread],
                "threads": [channel_json(self.world, one) for one in threads],
                "members": [thread_member_json(self.world, one, self.bot.id) for one in ours],
            }
            self.gateway.dispatch("THREAD_LIST_SYNC", body, guild_id=guild.id, intents=GUILDS)

    def tell_channel(self, channel: Channel, event: str, **more: Any) -> None:
        """Bots hear of every channel, also of hidden ones; of threads only where they see them."""
        assert channel.guild is not None
        if channel.is_thread and not sees(channel, self.bot.id):
            return
        body = channel_json(self.world, channel) | {"guild_id": channel.guild.id} | more
        self.gateway.dispatch(event, body, guild_id=channel.guild.id, intents=GUILDS)

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
