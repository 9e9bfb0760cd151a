"""The app manifest that Slack is given: scopes, events, commands, for Socket Mode or for HTTP. Pure."""

from typing import Any, Literal

from adapters.slack.commands import ADD
from adapters.slack.routes import COMMANDS, EVENTS, INTERACTIONS, REDIRECT

BOT_SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "mpim:history",
    "mpim:read",
    "reactions:write",
    "users:read",
)
BOT_EVENTS = (
    "app_context_changed",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "channel_unshared",
    "file_change",
    "file_deleted",
    "group_archive",
    "group_deleted",
    "group_left",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "team_join",
    "tokens_revoked",
    "user_change",
)
COMMANDS_OFFERED = (
    ("/ask", "Ask a question; begin with private for an answer to you alone", "[private] question"),
    (
        "/sources",
        "List the documents that can be used here, or look at their links again",
        "[words of a title | refresh]",
    ),
    ("/gaps", "List the questions that could not be answered here", ""),
    ("/forget", "Forget the conversation here, or a document that was added here", "[id]"),
    (
        "/saseo",
        "Help, settings of this channel, and the same as subcommands",
        "help | ingestion | notices | ask | sources | gaps | forget",
    ),
)
PROMPTS = ("What do you know?", "How do I hand in a PDF?", "슬랙은 어떻게 연결하나요?")
DESCRIPTION = "Answers your team's questions from its own documents, with numbered sources."


def manifest(*, url: str | None = None, over: Literal["http", "socket"] = "http") -> dict[str, Any]:
    """The manifest for Socket Mode, or for HTTP where the bot's public address is given. With the address the app can
    be installed in many workspaces, also where its messages come over the socket."""
    over_http = url is not None and over == "http"
    root = (url or "").rstrip("/")
    redirects = {"redirect_urls": [root + REDIRECT]} if url is not None else {}
    commands = [
        {
            "command": command,
            "description": description,
            **({"usage_hint": hint} if hint else {}),
            "should_escape": True,
            **({"url": root + COMMANDS} if over_http else {}),
        }
        for command, description, hint in COMMANDS_OFFERED
    ]
    shortcut = {
        "name": "Add to knowledge",
        "type": "message",
        "callback_id": ADD,
        "description": "Read this message and its files",
    }
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Saseo",
            "description": DESCRIPTION,
            "background_color": "#2c2d30",
        },
        "features": {
            "agent_view": {
                "agent_description": DESCRIPTION,
                "suggested_prompts": [{"title": prompt, "message": prompt} for prompt in PROMPTS],
            },
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Saseo", "always_online": True},
            "shortcuts": [shortcut],
            "slash_commands": commands,
        },
        "oauth_config": {**redirects, "scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": {
                **({"request_url": root + EVENTS} if over_http else {}),
                "bot_events": list(BOT_EVENTS),
            },
            "interactivity": {"is_enabled": True, **({"request_url": root + INTERACTIONS} if over_http else {})},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not over_http,
            "token_rotation_enabled": False,
        },
    }
