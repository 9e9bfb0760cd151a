"""auth.*, apps.*, team.info, bots.info: who the app is and how it connects."""

from collections.abc import Mapping

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Json
from tests.fakes.slack.web_api import Call, Method


def api_test(call: Call) -> Json:
    if call.text("error"):
        raise ApiError(call.text("error"), args=call.arguments)
    return {"args": call.arguments}


def auth_test(call: Call) -> Json:
    workspace = call.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.bot_user.name,
        "team_id": workspace.id,
        "user_id": workspace.bot_user.id,
        "bot_id": workspace.bot_user.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(call: Call) -> Json:
    app, slack = call.slack.world.app, call.slack
    if call.token != app.token:
        raise ApiError("not_allowed_token_type")
    if "connections:write" not in app.token_scopes:
        raise ApiError("missing_scope", needed="connections:write", provided=",".join(sorted(app.token_scopes)))
    address = slack.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={slack.socket_mode.ticket()}&app_id={app.id}"}


def team_info(call: Call) -> Json:
    wanted = call.text("team") or call.workspace.id
    workspace = call.slack.world.workspaces.get(wanted)
    if workspace is None:
        raise ApiError("team_not_found")
    return {"team": {"id": workspace.id, "name": workspace.name, "domain": workspace.domain, "email_domain": ""}}


def bots_info(call: Call) -> Json:
    bot = call.workspace.bot_user
    if call.text("bot") not in ("", bot.bot_id):
        raise ApiError("bot_not_found")
    app = call.slack.world.app
    about: Json = {
        "id": bot.bot_id,
        "deleted": False,
        "name": app.name,
        "app_id": app.id,
        "user_id": bot.id,
        "icons": {},
    }
    return {"bot": about if call.text("bot") else {}}


METHODS: Mapping[str, Method] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "apps.connections.open": connections_open,
    "bots.info": bots_info,
    "team.info": team_info,
}
