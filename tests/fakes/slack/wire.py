"""Users, channels, files and messages as Slack writes them in JSON. Pure."""

import re
from typing import Any
from urllib.parse import quote

from tests.fakes.slack.state import Channel, File, Json, Message, User, View, Workspace
from tests.fakes.slack.world import SLACKBOT, App

ENTITY = re.compile(r"(<[@#][^>]+>|<https?:[^>]+>)")


def user_json(user: User, *, locale: bool = False) -> Json:
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.name.title(),
        "tz": "Asia/Seoul",
        "tz_label": "Korea Standard Time",
        "tz_offset": 32400,
        "profile": {
            "real_name": user.name.title(),
            "display_name": user.name,
            "real_name_normalized": user.name.title(),
            "display_name_normalized": user.name,
            "team": user.team_id,
        },
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_bot": user.is_bot and user.id != SLACKBOT,
        "is_app_user": False,
        "updated": 1700000000,
    }
    if user.bot_id:
        shown["profile"] |= {"bot_id": user.bot_id, "always_active": True}
    if locale:
        shown["locale"] = user.locale
    return shown


def stranger_json(user: User, workspace: Workspace) -> Json:
    """A user whose home may be another workspace."""
    return user_json(user) | ({"is_stranger": True} if user.team_id != workspace.id else {})


def channel_json(channel: Channel, *, member: bool, locale: str | None = None, count: bool = False) -> Json:
    shown: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.is_archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "context_team_id": channel.team_id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        shown |= {"user": channel.name, "is_user_deleted": False, "priority": 0}
    else:
        shown |= {
            "name": channel.name,
            "name_normalized": channel.name,
            "is_channel": channel.kind == "public",
            "is_group": channel.kind == "private",
            "is_mpim": channel.kind == "mpim",
            "is_private": channel.kind != "public",
            "is_general": channel.is_general,
            "unlinked": 0,
            "is_shared": channel.is_ext_shared,
            "is_ext_shared": channel.is_ext_shared,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "shared_team_ids": [channel.team_id, *channel.connected_teams],
            "internal_team_ids": [],
            "connected_team_ids": list(channel.connected_teams),
            "creator": channel.creator,
            "is_member": member,
            "topic": {"value": channel.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "previous_names": [],
        }
    if locale:
        shown["locale"] = locale
    if count:
        shown["num_members"] = len(channel.members)
    return shown


def bot_profile(app: App, message: Message) -> Json:
    return {
        "id": message.bot_id,
        "deleted": False,
        "name": message.username or (app.name if message.app_id == app.id else "another bot"),
        "updated": 1700000000,
        "app_id": message.app_id or app.id,
        "team_id": message.team_id,
        "icons": {"image_36": "https://a.slack-edge.com/80588/img/plugins/app/bot_36.png"},
    }


def message_json(message: Message, app: App, *, files: list[Json] | None = None) -> Json:
    """A message as `conversations.history` and `message_changed` show it: without its channel."""
    shown: Json = {"type": "message"}
    optional: Json = {
        "subtype": message.subtype,
        "user": message.user,
        "client_msg_id": message.client_msg_id,
        "bot_id": message.bot_id,
        "app_id": message.app_id,
        "username": message.username,
        "thread_ts": message.thread_ts,
        "attachments": message.attachments,
        "edited": message.edited,
        "files": files,
    }
    shown |= {name: value for name, value in optional.items() if value}
    shown |= {"text": message.text, "ts": message.ts, "team": message.team_id}
    if message.bot_id and message.subtype != "bot_message":
        shown["bot_profile"] = bot_profile(app, message)
    if message.blocks:
        shown["blocks"] = list(message.blocks)
    if message.subtype == "file_share":
        shown |= {"upload": False, "display_as_bot": False}
    if message.reactions:
        shown["reactions"] = [
            {"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions.items()
        ]
    if message.stream is not None:
        shown["streaming_state"] = "in_progress" if message.streaming else "completed"
    return shown


def rich_text(text: str, *, block_id: str) -> list[Json]:
    """The blocks that Slack adds to what a person types: none where they typed nothing."""
    elements = [rich_element(piece) for piece in ENTITY.split(text) if piece]
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": block_id, "elements": [section]}] if elements else []


def rich_element(piece: str) -> Json:
    """A mention, a link or plain words."""
    inner, _, label = piece.strip("<>").partition("|")
    if piece.startswith("<@"):
        return {"type": "user", "user_id": inner[1:]}
    if piece.startswith("<#"):
        return {"type": "channel", "channel_id": inner[1:]}
    if piece.startswith("<http"):
        return {"type": "link", "url": inner} | ({"text": label} if label else {})
    plain = piece.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return {"type": "text", "text": plain}


def file_json(file: File, base_url: str) -> Json:
    """A whole file object. Tombstones and files behind a limit have hardly anything."""
    if file.deleted or file.mode == "tombstone":
        return {"id": file.id, "mode": "tombstone"}
    if file.mode == "hidden_by_limit":
        return {"id": file.id, "mode": "hidden_by_limit", "size": 0}
    external = file.mode == "external"
    place = f"{base_url}/files-pri/{file.team_id}-{file.id}"
    name, address = quote(file.name), file.external_url or ""
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.filetype,
        "pretty_type": file.filetype.upper(),
        "user": file.user,
        "user_team": file.team_id,
        "editable": file.mode == "snippet",
        "size": len(file.data),
        "mode": file.mode,
        "is_external": external,
        "external_type": "gdrive" if external else "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": address if external else f"{place}/{name}",
        **({} if external else {"url_private_download": f"{place}/download/{name}"}),
        "permalink": f"{base_url}/files/{file.user}/{file.id}/{name}",
        "channels": list(file.channels),
        "file_access": "visible",
    }


def file_stub(file: File) -> Json:
    """What a file from another company looks like until `files.info` is asked."""
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "mode": "file_access",
        "file_access": "check_file_info",
        "user": file.user,
    }


def view_json(view: View, app: App, workspace: Workspace) -> Json:
    return {
        "id": view.id,
        "team_id": view.team_id,
        "type": view.body.get("type", "modal"),
        "blocks": view.body.get("blocks", []),
        "private_metadata": view.body.get("private_metadata", ""),
        "callback_id": view.body.get("callback_id", ""),
        "external_id": view.body.get("external_id", ""),
        "title": view.body.get("title"),
        "submit": view.body.get("submit"),
        "close": view.body.get("close"),
        "clear_on_close": view.body.get("clear_on_close", False),
        "notify_on_close": view.body.get("notify_on_close", False),
        "state": {"values": {}},
        "hash": view.hash,
        "root_view_id": view.root_id or view.id,
        "previous_view_id": view.previous_id,
        "app_id": app.id,
        "bot_id": workspace.bot_user.bot_id,
        "app_installed_team_id": workspace.id,
    }


def callback(app: App, workspace: Workspace, event: Json, *, event_id: str, at: float, shared: bool) -> dict[str, Any]:
    """The body that carries an event."""
    return {
        "token": app.verification_token,
        "team_id": workspace.id,
        "context_team_id": workspace.id,
        "context_enterprise_id": None,
        "api_app_id": app.id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.id,
                "user_id": workspace.bot_user.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": f"4-{event_id}",
    }
