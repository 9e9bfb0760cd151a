"""Permission bits, and who may do what in a channel, computed as Discord documents it."""

from enum import IntFlag

from tests.fakes.discord.state import Channel, Guild, Member


class Permission(IntFlag):
    """The bits that matter to a bot that answers."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    USE_EXTERNAL_APPS = 1 << 50


ALL = Permission((1 << 53) - 1)
EVERYONE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.USE_EXTERNAL_APPS
)
"""What everybody may do in a new guild."""
MUTED = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
"""All that is left to somebody in a timeout."""


def in_guild(guild: Guild, member: Member) -> Permission:
    """What the roles allow, before any channel has its say."""
    if member.user.id == guild.owner_id:
        return ALL
    granted = Permission(guild.roles[guild.id].permissions)
    for role_id in member.roles:
        granted |= Permission(guild.roles[role_id].permissions)
    return ALL if Permission.ADMINISTRATOR in granted else granted


def in_channel(channel: Channel, member: Member) -> Permission:
    """What a member may do in a channel; in a thread, what its parent says. Membership of private threads is apart."""
    guild = channel.guild
    assert guild is not None
    granted = in_guild(guild, member)
    if Permission.ADMINISTRATOR in granted:
        return granted
    overwrites = (channel.parent if channel.is_thread and channel.parent else channel).overwrites
    if everyone := overwrites.get(guild.id):
        granted = Permission(granted & ~everyone.deny | everyone.allow)
    ours = [overwrites[role_id] for role_id in member.roles if role_id in overwrites]
    for one in ours:
        granted &= Permission(~one.deny & ALL)
    for one in ours:
        granted |= Permission(one.allow)
    if own := overwrites.get(member.user.id):
        granted = Permission(granted & ~own.deny | own.allow)
    if member.timed_out:
        granted &= MUTED
    return granted if Permission.VIEW_CHANNEL in granted else Permission(0)


def sees(channel: Channel, user_id: str) -> bool:
    """Whether somebody sees a channel, a thread or a direct message at all."""
    if channel.guild is None:
        return user_id in channel.recipients
    member = channel.guild.members.get(user_id)
    if member is None:
        return False
    granted = in_channel(channel, member)
    if Permission.VIEW_CHANNEL not in granted:
        return False
    if channel.kind != "private_thread" or Permission.MANAGE_THREADS in granted:
        return True
    return user_id in channel.thread_members


def allowed(channel: Channel, user_id: str) -> Permission:
    """What somebody may do in a place; everything in their direct messages, nothing where they see nothing."""
    if not sees(channel, user_id):
        return Permission(0)
    if channel.guild is None:
        return ALL
    return in_channel(channel, channel.guild.members[user_id])
