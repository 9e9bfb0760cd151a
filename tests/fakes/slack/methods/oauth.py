"""oauth.v2.access, apps.uninstall, auth.revoke: how the app comes into a workspace and out of it again."""

from collections.abc import Mapping

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Json
from tests.fakes.slack.web_api import Call, Method


def check_client(call: Call) -> None:
    app = call.slack.world.app
    if call.text("client_id") != app.client_id:
        raise ApiError("invalid_client_id")
    if call.text("client_secret") != app.client_secret:
        raise ApiError("bad_client_secret")


def access(call: Call) -> Json:
    check_client(call)
    if call.text("grant_type", "authorization_code") != "authorization_code":
        raise ApiError("invalid_grant_type")
    slack = call.slack
    grant = slack.redeem(call.text("code"), redirect_uri=call.text("redirect_uri"))
    workspace = slack.world.workspaces[grant.team_id]
    slack.install(workspace, scopes=grant.scopes)
    return {
        "app_id": slack.world.app.id,
        "authed_user": {"id": grant.user_id},
        "scope": ",".join(sorted(workspace.scopes)),
        "token_type": "bot",
        "access_token": workspace.bot_token,
        "bot_user_id": workspace.bot_user.id,
        "team": {"id": workspace.id, "name": workspace.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def uninstall(call: Call) -> Json:
    check_client(call)
    call.slack.uninstall(call.workspace)
    return {}


def revoke(call: Call) -> Json:
    if call.flag("test"):
        return {"revoked": False}
    call.slack.revoke(call.workspace)
    return {"revoked": True}


METHODS: Mapping[str, Method] = {
    "apps.uninstall": uninstall,
    "auth.revoke": revoke,
    "oauth.v2.access": access,
}
