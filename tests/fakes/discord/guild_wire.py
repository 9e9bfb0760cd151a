"""Guilds and the application as Discord writes them in JSON."""

from typing import Any

from tests.fakes.discord.permissions import in_channel
from tests.fakes.discord.state import Guild, Json
from tests.fakes.discord.wire import channel_json, member_json, role_json, user_json
from tests.fakes.discord.world import World

MESSAGE_CONTENT_LIMITED = 1 << 19
MEMBERS_LIMITED = 1 << 15


def guild_json(world: World, guild: Guild) -> Json:
    """A guild as REST shows it."""
    nothing = (
        "icon description home_header splash discovery_splash banner application_id afk_channel_id system_channel_id "
        "widget_channel_id max_presences vanity_url_code rules_channel_id safety_alerts_channel_id "
        "public_updates_channel_id incidents_data"
    )
    zero = (
        "system_channel_flags verification_level default_message_notifications mfa_level explicit_content_filter "
        "premium_tier premium_subscription_count nsfw_level"
    )
    body: Json = dict.fromkeys(nothing.split()) | dict.fromkeys(zero.split(), 0)
    return body | {
        "id": guild.id,
        "name": guild.name,
        "features": [],
        "owner_id": guild.owner_id,
        "region": "deprecated",
        "afk_timeout": 300,
        "widget_enabled": False,
        "roles": [role_json(one) for one in guild.roles.values()],
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "preferred_locale": guild.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "emojis": [],
        "stickers": [],
    }


def guild_create(world: World, guild: Guild, *, everybody: bool) -> Json:
    """A guild as the gateway tells it; without the members intent the bot is the only member that is named."""
    members = list(guild.members.values()) if everybody else [guild.members[world.bot.id]]
    standing = [one for one in guild.channels.values() if not one.deleted]
    bot = guild.members[world.bot.id]
    threads = [
        one
        for one in standing
        if one.is_thread
        and not one.archived
        and int(in_channel(one, bot))
        and (one.kind != "private_thread" or bot.user.id in one.thread_members)
    ]
    lists: dict[str, list[Any]] = {
        "members": [member_json(one) for one in members],
        "channels": [channel_json(world, one) for one in standing if not one.is_thread],
        "threads": [channel_json(world, one) for one in threads],
        **{name: [] for name in ("voice_states", "presences", "stage_instances", "guild_scheduled_events")},
        "soundboard_sounds": [],
    }
    counted = {"joined_at": guild.joined_at, "large": False, "unavailable": False, "member_count": len(guild.members)}
    return guild_json(world, guild) | counted | lists


def application_json(world: World, base_url: str) -> Json:
    flags = (MESSAGE_CONTENT_LIMITED if world.message_content else 0) | (MEMBERS_LIMITED if world.members_intent else 0)
    return {
        "id": world.application_id,
        "name": world.bot.name,
        "icon": None,
        "description": "The application under test",
        "type": None,
        "bot": user_json(world.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_json(world.owner),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": len(world.user_installs),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
    }
