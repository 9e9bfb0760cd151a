"""Messages come, change and go, and every session is told what it may know of them."""

from typing import Any

from tests.fakes.discord.mentions import resolve, ring
from tests.fakes.discord.permissions import sees
from tests.fakes.discord.sessions import DIRECT_MESSAGES, GUILD_MESSAGES, MESSAGE_CONTENT, Session
from tests.fakes.discord.stage import Stage
from tests.fakes.discord.state import Channel, Json, Message
from tests.fakes.discord.wire import member_json, message_json


class Posting(Stage):
    """What acts of people and routes of the app have in common."""

    def publish(self, message: Message, cause: str, *, rules: Json | None = None) -> Message:
        """A message appears. `rules` is what its author allows to mention; None: everything."""
        message.created_at = self.clock.now()
        resolve(self.world, message, rules)
        message.pinged = ring(message) if not message.loading else set()
        message.channel.messages[message.id] = message
        thread = message.channel
        if thread.is_thread and message.author.id not in thread.thread_members:
            thread.thread_members[message.author.id] = self.clock.now()
        self._tell("MESSAGE_CREATE", message)
        self.noted(cause, message)
        return message

    def rewrite(
        self, message: Message, cause: str, *, rules: Json | None = None, edited: bool = True, **fields: Any
    ) -> Message:
        """A message changes. What it now mentions rings nobody, unless it only said that the bot was thinking.

        `edited` false: nobody changed it, as when a preview is added.
        """
        waited = message.loading
        for name, value in fields.items():
            setattr(message, name, value)
        resolve(self.world, message, rules)
        if waited and not message.loading:
            message.pinged = ring(message)
        elif edited and not waited:
            message.edited_at = self.clock.now()
        self._tell("MESSAGE_UPDATE", message)
        self.noted(cause, message)
        return message

    def erase(self, message: Message, cause: str) -> None:
        """A message goes."""
        message.deleted = True
        if message.ephemeral_to is None:
            self._tell_gone(message.channel, "MESSAGE_DELETE", {"id": message.id})
        self.noted(cause, message)

    def erase_all(self, channel: Channel, messages: list[Message], cause: str) -> None:
        """Several messages go at once."""
        for message in messages:
            message.deleted = True
        self._tell_gone(channel, "MESSAGE_DELETE_BULK", {"ids": [one.id for one in messages]})
        for message in messages:
            self.noted(cause, message)

    def hidden(self, message: Message, *, granted: bool) -> bool:
        """Whether its words are withheld from the app. `granted`: it has the message content intent."""
        if granted or message.channel.guild is None:
            return False
        return message.author is not self.bot and self.bot not in message.mentions

    def shown(self, message: Message) -> Json:
        """A message as the app reads it over REST."""
        blank = self.hidden(message, granted=self.world.message_content)
        return message_json(self.world, message, self.sign, blank=blank)

    def _tell(self, event: str, message: Message) -> None:
        if message.ephemeral_to is not None:
            body = message_json(self.world, message, self.sign)
            self.gateway.dispatch(event, body, intents=DIRECT_MESSAGES)
            return
        if not sees(message.channel, self.bot.id):
            return
        guild = message.channel.guild
        intents = GUILD_MESSAGES if guild else DIRECT_MESSAGES
        made: dict[bool, Json] = {}

        def told(session: Session) -> Json:
            blank = self.hidden(message, granted=bool(session.intents & MESSAGE_CONTENT))
            if blank not in made:
                made[blank] = self._event(message, blank=blank)
            return made[blank]

        self.gateway.dispatch(event, told, guild_id=guild.id if guild else None, intents=intents)

    def _event(self, message: Message, *, blank: bool) -> Json:
        body = message_json(self.world, message, self.sign, blank=blank)
        if self.description is not None:
            self.violations += [
                f"message {message.id}: {one}" for one in self.description.wrong("MessageResponse", body)
            ]
        guild = message.channel.guild
        body["channel_type"] = message.channel.type
        if guild is None:
            return body
        body["guild_id"] = guild.id
        if message.author.id in guild.members and not message.webhook_id:
            body["member"] = member_json(guild.members[message.author.id], user=False)
        for one in body["mentions"]:
            if one["id"] in guild.members:
                one["member"] = member_json(guild.members[one["id"]], user=False)
        return body

    def _tell_gone(self, channel: Channel, event: str, what: Json) -> None:
        guild = channel.guild
        intents = GUILD_MESSAGES if guild else DIRECT_MESSAGES
        if not sees(channel, self.bot.id):
            return
        body = {"channel_id": channel.id} | what | ({"guild_id": guild.id} if guild else {})
        self.gateway.dispatch(event, body, guild_id=guild.id if guild else None, intents=intents)
