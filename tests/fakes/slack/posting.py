"""Messages come, change and go, whoever does it, and the app is told of it."""

import re
from typing import Any

from tests.fakes.slack.stage import Stage, Status
from tests.fakes.slack.state import Channel, Json, Message, Workspace
from tests.fakes.slack.wire import message_json
from tests.fakes.slack.world import SLACKBOT

LINK = re.compile(r"<(https?://[^|>]+)")
STREAM_SECONDS = 300.0
GRAVE = "This message was deleted."
SERVICE = ("channel_join", "channel_leave", "channel_convert_to_private", "channel_convert_to_public", "tombstone")
"""Lines that nobody typed."""


class Posting(Stage):
    """What happens to a message is kept in its history and sent as events."""

    def publish(self, workspace: Workspace, channel: Channel, message: Message, cause: str) -> Message:
        """A new message: kept, shown, and sent as one event, or as two where the app is mentioned."""
        if message.ephemeral_to:
            channel.ephemerals.append(message)
            self.noted(cause, message)
            return message
        channel.messages[message.ts] = message
        thread = message.thread_ts or message.ts
        if message.user == workspace.bot_user.id:
            self._clear_status(channel, thread)
        self.noted(cause, message)
        if workspace.bot_user.id in channel.members:
            self._tell_new(workspace, channel, message)
        return message

    def _tell_new(self, workspace: Workspace, channel: Channel, message: Message) -> None:
        event = self._new(workspace, channel, message)
        twins = [event]
        if self._mentioned(workspace, channel, message):
            mention = {name: value for name, value in event.items() if name not in ("subtype", "channel_type")}
            twins.insert(0, mention | {"type": "app_mention"})
        if self.twin_order == "message_first":
            twins.reverse()
        for place, twin in enumerate(twins):
            self._tell(workspace, channel, message, twin, after=place * self.twin_gap)
        if links := self._links(message.text):
            self._tell(workspace, channel, message, self._shared_links(channel, message, links))

    def rewrite(self, workspace: Workspace, channel: Channel, message: Message, cause: str, **changes: Any) -> Message:
        """Changes a message and sends `message_changed`."""
        before = self.shown(workspace, channel, message)
        mentioned = self._mentioned(workspace, channel, message)
        for name, value in changes.items():
            setattr(message, name, value)
        self.noted(cause, message)
        if workspace.bot_user.id not in channel.members:
            return message
        event = {
            "type": "message",
            "subtype": "message_changed",
            "message": self.shown(workspace, channel, message),
            "previous_message": before,
            "hidden": True,
            **self._place(channel, self.clock.stamp()),
        }
        self._tell(workspace, channel, message, event)
        if self._mentioned(workspace, channel, message) and not mentioned:
            mention = self._new(workspace, channel, message) | {"type": "app_mention"}
            del mention["channel_type"]
            self._tell(workspace, channel, message, mention)
        return message

    def erase(self, workspace: Workspace, channel: Channel, message: Message, cause: str) -> None:
        """Deletes a message and sends `message_deleted`."""
        if any(one.thread_ts == message.ts and one is not message for one in channel.visible):
            # The parent of a thread stays behind as a gravestone.
            gone: dict[str, Any] = {"text": GRAVE, "blocks": [], "files": [], "subtype": "tombstone", "user": SLACKBOT}
            self.rewrite(workspace, channel, message, cause, **gone, bot_id=None, client_msg_id=None)
            return
        before = self.shown(workspace, channel, message)
        message.deleted = True
        self.noted(cause, message)
        if workspace.bot_user.id not in channel.members:
            return
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": before,
            "deleted_ts": message.ts,
            "hidden": True,
            **self._place(channel, self.clock.stamp()),
        }
        self._tell(workspace, channel, message, event)

    def expire_streams(self) -> None:
        """Ends the streams that are too old; they stay as they are."""
        for message in [one for one in self.streams if self._is_old(one)]:
            self.end_stream(message, "expired")

    def end_stream(self, message: Message, cause: str) -> None:
        """Ends a stream for another reason than that the app stopped it."""
        assert message.stream is not None
        workspace = self.world.home_of(message.channel)
        message.stream.ended = cause
        self.streams.remove(message)
        self.rewrite(workspace, workspace.channels[message.channel], message, cause)

    def _is_old(self, message: Message) -> bool:
        return message.stream is not None and self.clock.now() - message.stream.started_at > STREAM_SECONDS

    def _clear_status(self, channel: Channel, thread_ts: str) -> None:
        if self.status(channel, thread_ts):
            self.set_status(Status(channel.id, thread_ts, "", self.clock.now()))

    def shown(self, workspace: Workspace, channel: Channel, message: Message) -> Json:
        """A message as the app gets to see it, with its files and the state of its thread."""
        files = self.file_objects(workspace, channel, message) if message.files else None
        shown = message_json(message, self.world.app, files=files)
        parent = channel.messages.get(message.thread_ts or "")
        if parent is not None and parent is not message and parent.user:
            shown["parent_user_id"] = parent.user
            if message.subtype == "thread_broadcast":
                shown["root"] = message_json(parent, self.world.app)
        replies = [one for one in channel.visible if one.thread_ts == message.ts and one is not message]
        if replies:
            shown |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users": list(dict.fromkeys(one.user or one.bot_id for one in replies)),
                "latest_reply": replies[-1].ts,
                "is_locked": False,
                "subscribed": True,
            }
        return shown

    def _new(self, workspace: Workspace, channel: Channel, message: Message) -> Json:
        event = self.shown(workspace, channel, message) | self._place(channel, message.ts)
        author = workspace.users.get(message.user or "")
        if channel.is_ext_shared and author is not None:
            profile = {"real_name": author.name.title(), "display_name": author.name, "team": author.team_id}
            event |= {"user_team": author.team_id, "source_team": author.team_id, "user_profile": profile}
        return event

    def _place(self, channel: Channel, ts: str) -> Json:
        return {"channel": channel.id, "ts": ts, "event_ts": ts, "channel_type": channel.type}

    def _tell(self, workspace: Workspace, channel: Channel, message: Message, event: Json, after: float = 0.0) -> None:
        delivery = self.emit(workspace, event, shared=channel.is_ext_shared, after=after)
        if delivery is not None:
            message.deliveries.append(delivery)

    def _mentioned(self, workspace: Workspace, channel: Channel, message: Message) -> bool:
        bot = workspace.bot_user.id
        if channel.kind == "im" or message.user == bot or message.subtype in SERVICE:
            return False
        return re.search(rf"<@{bot}[|>]", message.text) is not None

    def _links(self, text: str) -> list[Json]:
        found = []
        for url in LINK.findall(text):
            domain = url.split("/")[2]
            if any(domain == one or domain.endswith(f".{one}") for one in self.world.app.domains):
                found.append({"url": url, "domain": domain})
        return found

    def _shared_links(self, channel: Channel, message: Message, links: list[Json]) -> Json:
        return {
            "type": "link_shared",
            "channel": channel.id,
            "is_bot_user_member": True,
            "user": message.user,
            "message_ts": message.ts,
            "thread_ts": message.thread_ts or message.ts,
            "unfurl_id": f"C.{message.ts}.{channel.id}",
            "source": "conversations_history",
            "links": links,
            "event_ts": message.ts,
        }
