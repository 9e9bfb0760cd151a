"""chat.startStream, appendStream and stopStream: messages that are written while they are read."""

from collections.abc import Mapping

from tests.fakes.slack.blocks import check_blocks
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.methods.chat import Content, check_metadata, named, new_message, own_message, place_of
from tests.fakes.slack.state import Channel, Json, Message, Stream
from tests.fakes.slack.web_api import Call, Method

LONGEST_PIECE = 12_000
LONGEST_STREAM = 12_000
"""Characters of a whole stream; Slack does not tell its own figure, clients are told to roll over before this."""
CHUNKS = frozenset({"markdown_text", "task_update", "plan_update", "blocks"})


def piece_of(call: Call) -> tuple[str, list[Json]]:
    """The text to add, from `markdown_text` and from chunks, and the chunks themselves."""
    chunks = call.structure("chunks", list, error="invalid_chunks") or []
    for chunk in chunks:
        if not isinstance(chunk, dict) or chunk.get("type") not in CHUNKS:
            raise ApiError("invalid_chunks")
        if chunk["type"] == "markdown_text" and not isinstance(chunk.get("text"), str):
            raise ApiError("invalid_chunks")
        if chunk["type"] == "task_update" and not (chunk.get("id") and chunk.get("title")):
            raise ApiError("invalid_chunks")
    text = call.text("markdown_text") + "".join(one["text"] for one in chunks if one["type"] == "markdown_text")
    if len(text) > LONGEST_PIECE:
        raise ApiError("msg_too_long")
    return text, chunks


def extend(call: Call, message: Message, text: str, chunks: list[Json]) -> None:
    """Adds a piece to what the message shows."""
    stream = message.stream
    assert stream is not None
    if len(stream.text) + len(text) > LONGEST_STREAM:
        raise ApiError("msg_too_long")
    stream.text += text
    stream.chunks += [one for one in chunks if one["type"] != "markdown_text"]
    message.text = stream.text
    message.blocks = [{"type": "markdown", "text": stream.text, "block_id": "stream"}] if stream.text else []


def start(call: Call) -> Json:
    channel = place_of(call)
    if channel.kind != "im":
        check_recipient(call, channel)
    text, chunks = piece_of(call)
    message = new_message(call, channel, Content("", [], [], None), username=call.text("username") or None)
    message.stream = Stream(call.slack.clock.now())
    extend(call, message, text, chunks)
    call.slack.publish(call.workspace, channel, message, "chat.startStream")
    call.slack.streams.append(message)
    return {"channel": channel.id, "ts": message.ts}


def check_recipient(call: Call, channel: Channel) -> None:
    """In a channel it has to be said whom the stream is for, and in which team that person is at home."""
    team_id, user_id = call.text("recipient_team_id"), call.text("recipient_user_id")
    if not user_id:
        raise ApiError("missing_recipient_user_id")
    if not team_id:
        raise ApiError("missing_recipient_team_id")
    user = call.workspace.users.get(user_id)
    if user is None or user.team_id != team_id:
        raise ApiError("user_not_found")


def running(call: Call, channel: Channel) -> Message:
    """The stream that an argument names. Raises ApiError where it is over."""
    message = own_message(call, channel, error="message_not_owned_by_app")
    if message.stream is not None and message.stream.ended == "user":
        raise ApiError("stopped_by_user")
    if not message.streaming:
        raise ApiError("message_not_in_streaming_state")
    return message


def append(call: Call) -> Json:
    channel = place_of(call)
    message = running(call, channel)
    text, chunks = piece_of(call)
    if not text and not chunks:
        raise ApiError("no_text")
    extend(call, message, text, chunks)
    call.slack.noted("chat.appendStream", message)
    return {"channel": channel.id, "ts": message.ts}


def stop(call: Call) -> Json:
    channel = place_of(call)
    message = running(call, channel)
    text, chunks = piece_of(call)
    blocks = call.structure("blocks", list, error="invalid_blocks_format") or []
    metadata = call.structure("metadata", dict, error="invalid_metadata_format")
    check_blocks(blocks)
    if metadata is not None:
        check_metadata(metadata)
    extend(call, message, text, chunks)
    assert message.stream is not None
    message.stream.ended = "app"
    call.slack.streams.remove(message)
    call.slack.rewrite(
        call.workspace,
        channel,
        message,
        "chat.stopStream",
        blocks=[*message.blocks, *named(call, blocks)],
        metadata=metadata or message.metadata,
    )
    shown = call.slack.shown(call.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


METHODS: Mapping[str, Method] = {
    "chat.startStream": start,
    "chat.appendStream": append,
    "chat.stopStream": stop,
}
