"""What people do in channels: say, mention, reply, edit, delete, react, share files."""

import mimetypes

from tests.fakes.discord.making import Making
from tests.fakes.discord.sessions import DIRECT_REACTIONS, DIRECT_TYPING, GUILD_REACTIONS, GUILD_TYPING
from tests.fakes.discord.state import Attachment, Channel, Message, User
from tests.fakes.discord.wire import channel_json, member_json

Files = dict[str, bytes | str]
"""Contents by file name."""


class Speaking(Making):
    """Acts of people; the default is `mina` in `general`."""

    def direct(self, user: User | str | None = None) -> Channel:
        """The direct message between a person and the bot."""
        person = self.find_user(user or self.mina)
        fresh = not any(person.id in one.recipients for one in self.world.directs.values())
        channel = self.world.direct(person)
        if fresh:
            self.gateway.dispatch("CHANNEL_CREATE", channel_json(self.world, channel))
        return channel

    def say(
        self,
        content: str = "",
        *,
        channel: Channel | str | None = None,
        user: User | str | None = None,
        reply_to: Message | str | None = None,
        ping: bool = True,
        files: Files | None = None,
        type: int | None = None,  # noqa: A002
        webhook: bool = False,
    ) -> Message:
        """Somebody posts, as it goes over the wire (`<@1>`). `ping` false: the reply does not ring its author.

        `type` makes a system message (7: somebody joined), `webhook` one that another app's webhook sends.
        """
        place = self.find_channel(channel or self.general)
        author = self.find_user(user) if user else self._author(place)
        message = Message(self.world.new_id(), place, author, content, type=19 if reply_to else 0)
        message.type = message.type if type is None else type
        if webhook:
            message.webhook_id = self.world.new_id()
        if reply_to is not None:
            first = self.find_message(reply_to)
            message.referenced = first
            message.reference = {"type": 0, "channel_id": place.id, "message_id": first.id}
            message.reference |= {"guild_id": place.guild.id} if place.guild else {}
        message.attachments = [self.new_attachment(name, data) for name, data in (files or {}).items()]
        rules = None if ping else {"parse": ["users", "roles", "everyone"], "replied_user": False}
        return self.publish(message, "said", rules=rules)

    def mention(self, content: str, *, channel: Channel | str | None = None, **more: object) -> Message:
        """Somebody mentions the bot."""
        return self.say(f"{self.bot.mention} {content}", channel=channel, **more)  # type: ignore[arg-type]

    def reply(
        self, message: Message | str, content: str, *, user: User | str | None = None, ping: bool = True
    ) -> Message:
        """Somebody replies to a message, where it stands."""
        first = self.find_message(message)
        return self.say(content, channel=first.channel, user=user, reply_to=first, ping=ping)

    def share(
        self,
        name: str,
        data: bytes | str,
        *,
        content: str = "",
        channel: Channel | str | None = None,
        user: User | str | None = None,
    ) -> Message:
        """Somebody shares a file, with words or without."""
        return self.say(content, channel=channel, user=user, files={name: data})

    def post(self, title: str, content: str, *, forum: Channel | str, user: User | str | None = None) -> Message:
        """Somebody opens a post in a forum; the answer is its first message, whose channel is the post."""
        owner = self.find_user(user or self.mina)
        thread = self.open_thread(self.find_channel(forum), title, owner=owner, members=[owner])
        first = Message(thread.id, thread, owner, content)
        return self.publish(first, "said")

    def edit(self, message: Message | str, content: str, *, without_files: bool = False) -> Message:
        """The author edits a message, and may take its files away."""
        found = self.find_message(message)
        attachments = [] if without_files else found.attachments
        return self.rewrite(found, "edited", content=content, attachments=attachments)

    def unfurl(self, message: Message | str) -> Message:
        """Discord adds a preview of a link: a change that nobody made."""
        found = self.find_message(message)
        preview = {"type": "link", "url": "https://example.com/", "title": "A page"}
        return self.rewrite(found, "unfurled", edited=False, embeds=[*found.embeds, preview])

    def delete(self, message: Message | str) -> None:
        """Somebody deletes a message."""
        self.erase(self.find_message(message), "deleted")

    def delete_many(self, messages: list[Message | str]) -> None:
        """A moderator deletes several messages of one channel at once."""
        found = [self.find_message(one) for one in messages]
        self.erase_all(found[0].channel, found, "deleted")

    def react(self, message: Message | str, emoji: str, *, user: User | str | None = None) -> None:
        self.add_reaction(self.find_message(message), emoji, self.find_user(user or self.mina))

    def unreact(self, message: Message | str, emoji: str, *, user: User | str | None = None) -> None:
        self.remove_reaction(self.find_message(message), emoji, self.find_user(user or self.mina))

    def add_reaction(self, message: Message, emoji: str, user: User) -> None:
        people = message.reactions.setdefault(emoji, [])
        if user.id not in people:
            people.append(user.id)
            self._tell_reaction("MESSAGE_REACTION_ADD", message, emoji, user)

    def remove_reaction(self, message: Message, emoji: str, user: User) -> None:
        if user.id in message.reactions.get(emoji, []):
            message.reactions[emoji].remove(user.id)
            self._tell_reaction("MESSAGE_REACTION_REMOVE", message, emoji, user)

    def type_in(self, channel: Channel, user: User) -> None:
        """Somebody begins to type."""
        now = self.clock.now()
        channel.typing.append((user.id, now))
        guild = channel.guild
        body = {"channel_id": channel.id, "user_id": user.id, "timestamp": int(now)}
        if guild is not None:
            body |= {"guild_id": guild.id, "member": member_json(guild.members[user.id])}
        intents = GUILD_TYPING if guild else DIRECT_TYPING
        self.gateway.dispatch("TYPING_START", body, guild_id=guild.id if guild else None, intents=intents)

    def new_attachment(self, name: str, data: bytes | str, *, description: str | None = None) -> Attachment:
        content = data.encode() if isinstance(data, str) else data
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Attachment(self.world.new_id(), name, content, kind, description)

    def _tell_reaction(self, event: str, message: Message, emoji: str, user: User) -> None:
        guild = message.channel.guild
        body = {
            "user_id": user.id,
            "channel_id": message.channel.id,
            "message_id": message.id,
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
            "message_author_id": message.author.id,
        }
        if guild is not None:
            body["guild_id"] = guild.id
            if event == "MESSAGE_REACTION_ADD":
                body["member"] = member_json(guild.members[user.id])
        intents = GUILD_REACTIONS if guild else DIRECT_REACTIONS
        self.gateway.dispatch(event, body, guild_id=guild.id if guild else None, intents=intents)

    def _author(self, channel: Channel) -> User:
        """Who speaks where nobody is named: the other side of a direct message, else mina."""
        if channel.guild is None:
            return self.world.users[next(one for one in channel.recipients if one != self.bot.id)]
        return self.mina
