"""Things of the fake as Discord writes them in JSON."""

from collections.abc import Callable

from tests.fakes.discord.state import Attachment, Channel, Json, Member, Message, Role, User
from tests.fakes.discord.world import World

Sign = Callable[[Message, Attachment], str]
"""Makes the address of an attachment, good for a while."""


def user_json(user: User) -> Json:
    body: Json = {
        "id": user.id,
        "username": user.name,
        "discriminator": "0",
        "global_name": user.display_name,
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    return body | ({"bot": True} if user.is_bot else {})


def me_json(world: World) -> Json:
    """The bot as it sees itself."""
    return user_json(world.bot) | {"mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def member_json(member: Member, *, user: bool = True) -> Json:
    until = "2999-01-01T00:00:00+00:00" if member.timed_out else None
    body: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": until,
        "flags": 0,
        "joined_at": member.joined_at,
        "nick": member.nick,
        "pending": False,
        "premium_since": None,
        "roles": list(member.roles),
        "mute": False,
        "deaf": False,
    }
    return body | ({"user": user_json(member.user)} if user else {})


def role_json(role: Role) -> Json:
    body: Json = {
        "id": role.id,
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.bot_id is not None,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return body | ({"tags": {"bot_id": role.bot_id}} if role.bot_id else {})


def channel_json(world: World, channel: Channel) -> Json:
    """A channel, a thread or a direct message, without anybody's permissions."""
    last = next(reversed(channel.messages), None)
    body: Json = {"id": channel.id, "type": channel.type, "last_message_id": last, "flags": 0}
    if channel.guild is None:
        people = [one for one in channel.recipients if one != world.bot.id]
        return body | {"recipients": [user_json(world.users[one]) for one in people]}
    body |= {
        "guild_id": channel.guild.id,
        "name": channel.name,
        "parent_id": channel.parent.id if channel.parent else None,
        "rate_limit_per_user": 0,
    }
    if channel.is_thread:
        return body | thread_part(world, channel)
    overwrites = [
        {"id": one.id, "type": one.type, "allow": str(int(one.allow)), "deny": str(int(one.deny))}
        for one in channel.overwrites.values()
    ]
    body |= {"position": channel.position, "permission_overwrites": overwrites, "nsfw": False, "topic": channel.topic}
    if channel.kind == "forum":
        body |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
        body |= {"default_forum_layout": 0}
    return body


def thread_part(world: World, thread: Channel) -> Json:
    metadata = {
        "archived": thread.archived,
        "archive_timestamp": world.iso(thread.created_at),
        "auto_archive_duration": thread.auto_archive_duration,
        "locked": thread.locked,
        "create_timestamp": world.iso(thread.created_at),
    }
    if thread.kind == "private_thread":
        metadata["invitable"] = True
    count = len(thread.visible)
    body: Json = {
        "owner_id": thread.owner_id,
        "thread_metadata": metadata,
        "message_count": count,
        "member_count": min(len(thread.thread_members), 50),
        "total_message_sent": count,
    }
    if world.bot.id in thread.thread_members:
        body["member"] = thread_member_json(world, thread, world.bot.id)
    return body


def thread_member_json(world: World, thread: Channel, user_id: str) -> Json:
    joined = world.iso(thread.thread_members[user_id])
    return {"id": thread.id, "user_id": user_id, "join_timestamp": joined, "flags": 0}


def attachment_json(message: Message, attachment: Attachment, sign: Sign) -> Json:
    url = sign(message, attachment)
    body: Json = {
        "id": attachment.id,
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": url,
        "proxy_url": url,
        "content_type": attachment.content_type,
    }
    if attachment.description is not None:
        body["description"] = attachment.description
    return body | ({"ephemeral": True} if attachment.ephemeral else {})


def message_json(world: World, message: Message, sign: Sign, *, blank: bool = False, nested: bool = False) -> Json:
    """A message; `blank` is what an app without the message content intent gets of other people's words."""
    body: Json = {
        "id": message.id,
        "channel_id": message.channel.id,
        "type": message.type,
        "author": user_json(message.author),
        "content": "" if blank else message.content,
        "mentions": [user_json(one) for one in message.mentions],
        "mention_roles": list(message.mention_roles),
        "mention_everyone": message.mention_everyone,
        "attachments": [] if blank else [attachment_json(message, one, sign) for one in message.attachments],
        "embeds": [] if blank else list(message.embeds),
        "components": [] if blank else list(message.components),
        "timestamp": world.iso(message.created_at),
        "edited_timestamp": world.iso(message.edited_at) if message.edited_at is not None else None,
        "flags": message.flags,
        "pinned": message.pinned,
        "tts": message.tts,
    }
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.webhook_id is not None:
        body["webhook_id"] = message.webhook_id
    if message.application_id is not None:
        body["application_id"] = message.application_id
    if message.reactions:
        body["reactions"] = reactions_json(world, message)
    if message.interaction is not None:
        body["interaction_metadata"] = metadata_json(message)
    if message.thread is not None and not nested:
        body["thread"] = channel_json(world, message.thread)
    if message.reference is not None:
        body["message_reference"] = message.reference
        if not nested:
            body["referenced_message"] = referenced_json(world, message, sign, blank=blank)
    return body


def referenced_json(world: World, message: Message, sign: Sign, *, blank: bool) -> Json | None:
    """What a reply answers; nothing where that was deleted meanwhile."""
    first = message.referenced
    if first is None or first.deleted:
        return None
    return message_json(world, first, sign, blank=blank and first.author is not world.bot, nested=True)


def metadata_json(message: Message) -> Json:
    """Whose interaction a message answers."""
    interaction = message.interaction
    assert interaction is not None
    body: Json = {
        "id": interaction.id,
        "type": interaction.type,
        "user": user_json(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if interaction.original is not None and interaction.original is not message:
        body["original_response_message_id"] = interaction.original.id
    if interaction.type == 3 and interaction.message is not None:
        body["interacted_message_id"] = interaction.message.id
    if interaction.type == 5:
        body["triggering_interaction_metadata"] = interaction.body["data"]["_triggered_by"]
    if target := interaction.body.get("data", {}).get("target_id"):
        body["target_message_id"] = target
    return body


def reactions_json(world: World, message: Message) -> list[Json]:
    return [
        {
            "emoji": {"id": None, "name": name},
            "count": len(people),
            "count_details": {"burst": 0, "normal": len(people)},
            "burst_colors": [],
            "me_burst": False,
            "me": world.bot.id in people,
        }
        for name, people in message.reactions.items()
        if people
    ]
