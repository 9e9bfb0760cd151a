"""What people do in channels: say, ask, edit, delete, react, join, leave, rename, archive."""

from typing import Any

from tests.fakes.slack.posting import Posting
from tests.fakes.slack.state import Channel, Json, Kind, Message, User, Workspace
from tests.fakes.slack.wire import rich_text, user_json

OTHER_APP = "A900000001"
"""The app that other bots belong to."""


class Speaking(Posting):
    """Acts of people. Users and channels are given as objects, ids or names; the default is the first of each."""

    team: Workspace
    general: Channel
    mina: User

    def new_channel(
        self,
        name: str,
        *,
        kind: Kind = "public",
        members: list[str | User] | None = None,
        team: str | None = None,
        connected_teams: list[str] | None = None,
        bot: bool = True,
    ) -> Channel:
        """A channel in which these people are (everybody, by default) and, unless `bot` is false, the app."""
        workspace = self.world.workspaces[team] if team else self.team
        people = [self.find_user(workspace, one).id for one in members] if members is not None else None
        if people is None:
            people = [user.id for user in workspace.users.values() if not user.is_bot]
        if bot and workspace.bot_user.id not in people:
            people.append(workspace.bot_user.id)
        channel = self.world.new_channel(workspace, name, kind=kind, members=people)
        channel.connected_teams = list(connected_teams or ())
        return channel

    def new_user(self, name: str, *, locale: str = "en-US", team: str | None = None, **more: Any) -> User:
        """A person who joins no channel yet; `team_id` makes one of another company, `is_restricted` a guest."""
        workspace = self.world.workspaces[team] if team else self.team
        user = self.world.new_user(workspace, name, locale=locale, team_id=more.pop("team_id", None))
        for field, value in more.items():
            setattr(user, field, value)
        return user

    def change_user(self, user: User | str, *, team: str | None = None, **fields: Any) -> User:
        """Somebody's profile changes, e.g. `locale`, `is_restricted`, `deleted`."""
        workspace = self.world.workspaces[team] if team else self.team
        person = self.find_user(workspace, user)
        for field, value in fields.items():
            setattr(person, field, value)
        about = user_json(person, locale=True)
        self.emit(workspace, {"type": "user_change", "user": about, "event_ts": self.clock.stamp()})
        return person

    def direct(self, user: User | str | None = None, *, team: str | None = None) -> Channel:
        """The direct message between a person and the app."""
        workspace = self.world.workspaces[team] if team else self.team
        return self.world.direct(workspace, self.find_user(workspace, user or self.mina).id)

    def say(
        self,
        text: str,
        *,
        channel: Channel | str | None = None,
        user: User | str | None = None,
        thread_ts: str | None = None,
        **more: Any,
    ) -> Message:
        """Somebody posts; the text is as it goes over the wire (`<@U1>`, `&lt;`). `more` sets fields of the message."""
        workspace, place = self.find_channel(channel or self.general)
        author = self.find_user(workspace, user) if user else self._author(workspace, place)
        ts = self.clock.stamp()
        message = Message(
            ts,
            place.id,
            author.team_id,
            user=author.id,
            text=text,
            blocks=rich_text(text, block_id=f"b{ts}"),
            thread_ts=thread_ts,
            client_msg_id=None if author.is_bot else f"00000000-0000-4000-9000-{ts.replace('.', '')[-12:]}",
            bot_id=author.bot_id,
            app_id=OTHER_APP if author.is_bot else None,
        )
        for field, value in more.items():
            setattr(message, field, value)
        return self.publish(workspace, place, message, "said")

    def ask(self, text: str, *, channel: Channel | str | None = None, **more: Any) -> Message:
        """Somebody mentions the app, or simply writes to it in a direct message."""
        workspace, place = self.find_channel(channel or self.general)
        mention = "" if place.kind == "im" else f"<@{workspace.bot_user.id}> "
        return self.say(f"{mention}{text}", channel=place, **more)

    def say_as_bot(self, text: str, *, channel: Channel | str | None = None, **more: Any) -> Message:
        """Another app posts, in the old way: `bot_message` and no user."""
        workspace, place = self.find_channel(channel or self.general)
        ts = self.clock.stamp()
        message = Message(
            ts,
            place.id,
            workspace.id,
            text=text,
            subtype="bot_message",
            bot_id="B900000001",
            app_id=OTHER_APP,
            username=more.pop("username", "another bot"),
            thread_ts=more.pop("thread_ts", None),
        )
        for field, value in more.items():
            setattr(message, field, value)
        return self.publish(workspace, place, message, "said")

    def edit(self, message: Message | str, text: str, *, channel: Channel | str | None = None) -> Message:
        """The author edits a message."""
        workspace, place, found = self.find_message(message, channel)
        edited = {"user": found.user, "ts": self.clock.stamp()}
        blocks = rich_text(text, block_id=f"b{edited['ts']}")
        return self.rewrite(workspace, place, found, "edited", text=text, blocks=blocks, edited=edited)

    def unfurl(self, message: Message | str, *, channel: Channel | str | None = None) -> Message:
        """Slack adds a preview of a link to a message: a change that nobody made."""
        workspace, place, found = self.find_message(message, channel)
        preview = {"id": 1, "fallback": "A page", "title": "A page", "from_url": "https://example.com/"}
        return self.rewrite(workspace, place, found, "unfurled", attachments=[*found.attachments, preview])

    def delete(self, message: Message | str, *, channel: Channel | str | None = None) -> None:
        """Somebody deletes a message."""
        workspace, place, found = self.find_message(message, channel)
        self.erase(workspace, place, found, "deleted")

    def stop_stream(self, message: Message | str, *, channel: Channel | str | None = None) -> None:
        """A person stops the app's writing."""
        self.end_stream(self.find_message(message, channel)[2], "user")

    def react(self, message: Message | str, name: str, *, user: User | str | None = None) -> None:
        workspace, place, found = self.find_message(message, None)
        author = self.find_user(workspace, user or self._author(workspace, place)).id
        found.reactions.setdefault(name, []).append(author)
        self.changed()
        self.tell_reaction(workspace, place, found, "reaction_added", author, name)

    def tell_reaction(
        self, workspace: Workspace, channel: Channel, message: Message, event: str, user_id: str, name: str
    ) -> None:
        item = {"type": "message", "channel": channel.id, "ts": message.ts}
        body = {"type": event, "user": user_id, "reaction": name, "item": item, "item_user": message.user}
        self.emit(workspace, body | {"event_ts": self.clock.stamp()}, shared=channel.is_ext_shared)

    def join(self, channel: Channel | str, user: User | str | None = None, *, inviter: str | None = None) -> None:
        """Somebody joins; without a user, the app is invited."""
        workspace, place = self.find_channel(channel)
        member = self.find_user(workspace, user or workspace.bot_user).id
        if member not in place.members:
            place.members.append(member)
            self._note_member(workspace, place, member, "channel_join", "has joined the channel")
        self.tell_member(workspace, place, "member_joined_channel", member, inviter=inviter)

    def leave(self, channel: Channel | str, user: User | str | None = None) -> None:
        """Somebody leaves; without a user, the app is removed."""
        workspace, place = self.find_channel(channel)
        member = self.find_user(workspace, user or workspace.bot_user).id
        if member in place.members:
            self._note_member(workspace, place, member, "channel_leave", "has left the channel")
            place.members.remove(member)
        self.tell_member(workspace, place, "member_left_channel", member)
        if member == workspace.bot_user.id:
            name = "channel_left" if place.kind == "public" else "group_left"
            self.emit(workspace, {"type": name, "channel": place.id, "event_ts": self.clock.stamp()})

    def _note_member(self, workspace: Workspace, channel: Channel, user_id: str, subtype: str, words: str) -> None:
        """The line that Slack writes into a channel when somebody comes or goes."""
        line = Message(self.clock.stamp(), channel.id, workspace.id, user_id, f"<@{user_id}> {words}", subtype=subtype)
        self.publish(workspace, channel, line, subtype)

    def tell_member(
        self, workspace: Workspace, channel: Channel, event: str, user_id: str, inviter: str | None = None
    ) -> None:
        body: Json = {
            "type": event,
            "user": user_id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "public" else "G",
            "team": workspace.id,
            "event_ts": self.clock.stamp(),
        }
        self.emit(workspace, body | ({"inviter": inviter} if inviter else {}), shared=channel.is_ext_shared)

    def archive(self, channel: Channel | str, *, user: User | str | None = None) -> None:
        workspace, place = self.find_channel(channel)
        place.is_archived = True
        self._tell_channel(workspace, place, "archive", place.id, user=self.find_user(workspace, user or self.mina).id)

    def rename(self, channel: Channel | str, name: str) -> None:
        workspace, place = self.find_channel(channel)
        place.name = name
        about = {"id": place.id, "name": name, "name_normalized": name, "created": place.created, "is_channel": True}
        self._tell_channel(workspace, place, "rename", about)

    def convert(self, channel: Channel | str, kind: Kind) -> None:
        """Somebody makes a public channel private, or the other way round."""
        workspace, place = self.find_channel(channel)
        line = Message(self.clock.stamp(), place.id, workspace.id, self.mina.id, f"made the channel {kind}")
        line.subtype = f"channel_convert_to_{kind}"
        place.kind = kind
        self.publish(workspace, place, line, "converted")

    def connect(self, channel: Channel | str, *teams: str) -> None:
        """A channel is shared with other companies, or with none any more."""
        workspace, place = self.find_channel(channel)
        place.connected_teams = list(teams)
        event = {"type": "channel_shared" if teams else "channel_unshared", "channel": place.id}
        self.emit(workspace, event | {"event_ts": self.clock.stamp()}, shared=bool(teams))

    def delete_channel(self, channel: Channel | str) -> None:
        workspace, place = self.find_channel(channel)
        del workspace.channels[place.id]
        self._tell_channel(workspace, place, "deleted", place.id)

    def _tell_channel(self, workspace: Workspace, channel: Channel, what: str, about: Any, **fields: Any) -> None:
        kind = "channel" if channel.kind == "public" else "group"
        self.emit(workspace, {"type": f"{kind}_{what}", "channel": about, **fields, "event_ts": self.clock.stamp()})

    def find_message(self, message: Message | str, channel: Channel | str | None) -> tuple[Workspace, Channel, Message]:
        """By object, or by `ts` and channel; KeyError where there is none."""
        if isinstance(message, Message):
            workspace = self.world.home_of(message.channel)
            return workspace, workspace.channels[message.channel], message
        workspace, place = self.find_channel(channel or self.general)
        return workspace, place, place.messages[message]

    def _author(self, workspace: Workspace, channel: Channel) -> User:
        """The first person in a channel."""
        people = [workspace.users[one] for one in channel.members if not workspace.users[one].is_bot]
        return people[0] if people else next(user for user in workspace.users.values() if not user.is_bot)
