"""oauth.v2.access, openid.connect.token, apps.uninstall, auth.revoke: how the app comes into a workspace and out."""

from collections.abc import Mapping

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.installing import TOKEN_SECONDS
from tests.fakes.slack.state import Json, Workspace
from tests.fakes.slack.web_api import Call, Method


def check_client(call: Call) -> None:
    app = call.slack.world.app
    if call.text("client_id") != app.client_id:
        raise ApiError("invalid_client_id")
    if call.text("client_secret") != app.client_secret:
        raise ApiError("bad_client_secret")


def access(call: Call) -> Json:
    check_client(call)
    kind = call.text("grant_type", "authorization_code")
    if kind == "refresh_token":
        return granted(call, call.slack.refresh(call.text("refresh_token")))
    if kind != "authorization_code":
        raise ApiError("invalid_grant_type")
    slack = call.slack
    grant = slack.redeem(call.text("code"), redirect_uri=call.text("redirect_uri"))
    workspace = slack.world.workspaces[grant.team_id]
    slack.install(workspace, scopes=grant.scopes)
    return {"authed_user": {"id": grant.user_id}, **granted(call, workspace)}


def granted(call: Call, workspace: Workspace) -> Json:
    """What an app is told with a token."""
    app = call.slack.world.app
    organisation = {"id": "E000000001", "name": "The whole organisation"} if app.for_organisations else None
    rotation = {"refresh_token": workspace.refresh_token, "expires_in": TOKEN_SECONDS} if workspace.expires_at else {}
    return {
        "app_id": app.id,
        "scope": ",".join(sorted(workspace.scopes)),
        "token_type": "bot",
        "access_token": workspace.bot_token,
        "bot_user_id": workspace.bot_user.id,
        "team": None if organisation else {"id": workspace.id, "name": workspace.name},
        "enterprise": organisation,
        "is_enterprise_install": bool(organisation),
        **rotation,
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


def identify(call: Call) -> Json:
    check_client(call)
    if call.text("grant_type", "authorization_code") != "authorization_code":
        raise ApiError("invalid_grant_type")
    verifier, back = call.text("code_verifier"), call.text("redirect_uri")
    token = call.slack.identity(call.text("code"), redirect_uri=back, verifier=verifier)
    return {"access_token": "xoxp-of-somebody", "token_type": "Bearer", "id_token": token}


METHODS: Mapping[str, Method] = {
    "apps.uninstall": uninstall,
    "auth.revoke": revoke,
    "oauth.v2.access": access,
    "openid.connect.token": identify,
}
