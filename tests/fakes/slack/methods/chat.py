"""chat.postMessage and its kin."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.blocks import check_blocks
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Channel, Json, Message
from tests.fakes.slack.web_api import Call, Method

LONGEST_TEXT = 40_000
LONGEST_UPDATE = 4_000
LONGEST_MARKDOWN = 12_000
LONGEST_METADATA = 8_000
TS = re.compile(r"\d{9,}\.\d{6}")


@dataclass(frozen=True, slots=True)
class Content:
    """What a call wants to show."""

    text: str
    blocks: list[Json]
    attachments: list[Json]
    metadata: Json | None


def content_of(call: Call, *, most: int) -> Content:
    """Text, blocks and attachments, checked. Raises ApiError where Slack would refuse them."""
    text, markdown = call.text("text"), call.text("markdown_text")
    blocks = call.structure("blocks", list, error="invalid_blocks_format") or []
    attachments = call.structure("attachments", list, error="invalid_attachments") or []
    metadata = call.structure("metadata", dict, error="invalid_metadata_format")
    if markdown and (text or blocks):
        raise ApiError("markdown_text_conflict")
    if len(markdown) > LONGEST_MARKDOWN or len(text) > most:
        raise ApiError("msg_too_long")
    if not (text.strip() or markdown.strip() or blocks or attachments):
        raise ApiError("no_text")
    if len(attachments) > 100:
        raise ApiError("too_many_attachments")
    if metadata:
        check_metadata(metadata)
    check_blocks(blocks)
    if markdown:
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    return Content(text, named(call, blocks), attachments, metadata)


def named(call: Call, blocks: list[Json]) -> list[Json]:
    """Blocks as Slack gives them back: each with a block_id, each action with an action_id."""
    done = []
    for block in blocks:
        block = {**block, "block_id": block.get("block_id") or call.slack.world.new_id("b")}
        if isinstance(block.get("elements"), list) and block["type"] in ("actions", "context_actions"):
            block["elements"] = [
                {**one, "action_id": one.get("action_id") or call.slack.world.new_id("a")} for one in block["elements"]
            ]
        done.append(block)
    return done


def check_metadata(metadata: Json) -> None:
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema")
    if len(str(metadata)) > LONGEST_METADATA:
        raise ApiError("metadata_too_large")


def place_of(call: Call) -> Channel:
    """Where to post: a conversation by id or name, or a user whose direct message it shall be."""
    name, workspace = call.text("channel"), call.workspace
    if name in workspace.users and name != workspace.bot_user.id:
        return call.slack.world.direct(workspace, name)
    by_name = [one.id for one in workspace.channels.values() if one.name == name.removeprefix("#")]
    if by_name and name not in workspace.channels:
        call.arguments["channel"] = by_name[0]
    channel = call.channel()
    if channel.is_archived:
        raise ApiError("is_archived")
    anywhere = channel.kind == "public" and "chat:write.public" in workspace.scopes
    if workspace.bot_user.id not in channel.members and not anywhere:
        raise ApiError("not_in_channel")
    if channel.kind == "im" and not call.slack.world.app.messages_tab:
        raise ApiError("messages_tab_disabled")
    return channel


def thread_of(call: Call, channel: Channel) -> str | None:
    """The thread to reply in: the parent's `ts`, also where a reply's was given; unknown ones are let through."""
    thread_ts = call.text("thread_ts") or None
    if thread_ts and not TS.fullmatch(thread_ts):
        raise ApiError("invalid_thread_ts")
    parent = channel.messages.get(thread_ts or "")
    return parent.thread_ts or parent.ts if parent is not None else thread_ts


def new_message(call: Call, channel: Channel, content: Content, **more: Any) -> Message:
    bot = call.workspace.bot_user
    return Message(
        call.slack.clock.stamp(),
        channel.id,
        call.workspace.id,
        user=bot.id,
        text=content.text,
        blocks=content.blocks,
        attachments=content.attachments,
        metadata=content.metadata,
        thread_ts=thread_of(call, channel),
        bot_id=bot.bot_id,
        app_id=call.slack.world.app.id,
        unfurl_links=call.flag("unfurl_links", default=True),
        unfurl_media=call.flag("unfurl_media", default=True),
        **more,
    )


def own_message(call: Call, channel: Channel, *, error: str, name: str = "ts") -> Message:
    """The app's own message that an argument names."""
    message = channel.messages.get(call.text(name))
    if message is None or message.deleted:
        raise ApiError("message_not_found")
    if message.user != call.workspace.bot_user.id:
        raise ApiError(error)
    return message


def answered(call: Call, channel: Channel, message: Message) -> Json:
    """A message as the call that wrote it gets it back."""
    metadata = {"metadata": message.metadata} if message.metadata else {}
    return call.slack.shown(call.workspace, channel, message) | metadata


def post_message(call: Call) -> Json:
    channel = place_of(call)
    message = new_message(call, channel, content_of(call, most=LONGEST_TEXT), username=call.text("username") or None)
    if message.thread_ts and call.flag("reply_broadcast"):
        message.subtype = "thread_broadcast"
    call.slack.publish(call.workspace, channel, message, "chat.postMessage")
    if message.unfurl_links and "://" in message.shown:
        call.slack.unfurl(message)
    return {"channel": channel.id, "ts": message.ts, "message": answered(call, channel, message)}


def post_ephemeral(call: Call) -> Json:
    channel = place_of(call)
    if call.text("user") not in channel.members:
        raise ApiError("user_not_in_channel")
    content = content_of(call, most=LONGEST_TEXT)
    message = new_message(call, channel, content, ephemeral_to=call.text("user"))
    call.slack.publish(call.workspace, channel, message, "chat.postEphemeral")
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    channel = call.channel()
    message = own_message(call, channel, error="cant_update_message")
    if message.streaming:
        raise ApiError("streaming_state_conflict")
    content = content_of(call, most=LONGEST_UPDATE)
    changes: Json = {"metadata": message.metadata if content.metadata is None else content.metadata}
    if content.text or content.blocks:
        changes |= {"text": content.text, "blocks": content.blocks}
    if content.text and not content.blocks:
        changes["edited"] = {"user": call.workspace.bot_user.id, "ts": call.slack.clock.stamp()}
    if content.attachments or content.text:
        changes["attachments"] = content.attachments
    call.slack.rewrite(call.workspace, channel, message, "chat.update", **changes)
    shown = answered(call, channel, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> Json:
    channel = call.channel()
    message = own_message(call, channel, error="cant_delete_message")
    call.slack.erase(call.workspace, channel, message, "chat.delete")
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = channel.messages.get(call.text("message_ts"))
    if message is None or message.deleted:
        raise ApiError("message_not_found")
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.thread_ts else ""
    permalink = f"https://{call.workspace.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": permalink + thread}


METHODS: Mapping[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}
