"""Hears a message in the body that Discord sends, as `hear` does in the object that discord.py makes of it."""

from adapters.discord.heard import REPLY, Body, Heard, attached, called, listed, mapping, mappings, number, word


def hear_body(body: Body, *, guild: str = "", parent: str = "", title: str = "") -> Heard:
    """A message as Discord sends it. REST names no server, and no body a thread's `parent` and `title`: the caller may
    know."""
    author = mapping(body, "author")
    replied = number(body, "type") == REPLY
    answered = mapping(body, "referenced_message") if replied else {}
    channel = word(body, "channel_id")
    return Heard(
        message=word(body, "id"),
        guild=word(body, "guild_id") or guild,
        channel=parent or channel,
        thread=channel if parent else "",
        user=word(author, "id"),
        text=word(body, "content"),
        type=number(body, "type"),
        bot=author.get("bot") is True,
        webhook=word(body, "webhook_id"),
        mentions=frozenset(word(user, "id") for user in mappings(body, "mentions")),
        roles=frozenset(role for role in listed(body, "mention_roles") if isinstance(role, str)),
        names=called(mappings(body, "mentions"), mappings(body, "mention_channels")),
        attachments=attached(mappings(body, "attachments")),
        reference=word(mapping(body, "message_reference"), "message_id") if replied else "",
        about=word(answered, "content") or _forwarded(body),
        about_user=word(mapping(answered, "author"), "id"),
        title=title,
    )


def _forwarded(body: Body) -> str:
    snapshots = mappings(body, "message_snapshots")
    return word(mapping(snapshots[0], "message"), "content") if snapshots else ""
