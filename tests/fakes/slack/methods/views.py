"""views.*: the Home tab and modals."""

import json
from collections.abc import Mapping

from tests.fakes.slack.blocks import check_blocks, check_text
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Json, View
from tests.fakes.slack.web_api import Call, Method
from tests.fakes.slack.wire import view_json

LARGEST_VIEW = 250_000
DEEPEST_STACK = 3


def view_of(call: Call) -> Json:
    """The view among the arguments, checked."""
    view: Json | None = call.structure("view", dict, error="invalid_arguments")
    if view is None or view.get("type") not in ("modal", "home"):
        raise ApiError("invalid_arguments", "must be a modal or a home: view/type")
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST_VIEW:
        raise ApiError("view_too_large")
    if not isinstance(view.get("blocks"), list):
        raise ApiError("invalid_arguments", "missing required field: view/blocks")
    try:
        if view["type"] == "modal":
            check_modal(view)
        check_blocks(view["blocks"], surface=view["type"])
    except ApiError as error:
        raise ApiError("invalid_arguments", error.error, *error.fields["response_metadata"]["messages"]) from None
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if len(str(view.get(name) or "")) > most:
            raise ApiError("invalid_arguments", f"must be less than {most + 1} characters: view/{name}")
    return view


def check_modal(view: Json) -> None:
    check_text(view.get("title"), "/view/title", most=24, kinds=("plain_text",))
    for name in ("submit", "close"):
        if view.get(name):
            check_text(view[name], f"/view/{name}", most=24, kinds=("plain_text",))
    if not view.get("submit") and any(isinstance(one, dict) and one.get("type") == "input" for one in view["blocks"]):
        raise ApiError("invalid_arguments", "a modal with an input block needs submit")


def keep(call: Call, body: Json, *, user_id: str, below: View | None = None) -> View:
    slack = call.slack
    view = View(
        slack.world.new_id("V"),
        call.workspace.id,
        user_id,
        body,
        slack.world.new_id("hash"),
        root_id=(below.root_id or below.id) if below else None,
        previous_id=below.id if below else None,
    )
    slack.world.views[view.id] = view
    return view


def answer(call: Call, view: View, cause: str) -> Json:
    call.slack.seen_view(cause, view)
    return {"view": view_json(view, call.slack.world.app, call.workspace)}


def publish(call: Call) -> Json:
    user_id, body = call.text("user_id"), view_of(call)
    if body["type"] != "home":
        raise ApiError("invalid_arguments", "must be a home: view/type")
    if user_id not in call.workspace.users:
        raise ApiError("invalid_arguments", "unknown user: user_id")
    current = call.workspace.homes.get(user_id)
    if call.text("hash") and (current is None or call.text("hash") != current.hash):
        raise ApiError("hash_conflict")
    if current is None:
        current = call.workspace.homes[user_id] = keep(call, body, user_id=user_id)
    current.body, current.hash = body, call.slack.world.new_id("hash")
    return answer(call, current, "views.publish")


def open_(call: Call) -> Json:
    body = view_of(call)
    if body["type"] != "modal":
        raise ApiError("invalid_arguments", "must be a modal: view/type")
    trigger = call.slack.exchange(call.text("trigger_id"), call.workspace)
    return answer(call, keep(call, body, user_id=trigger.user_id), "views.open")


def push(call: Call) -> Json:
    body = view_of(call)
    trigger = call.slack.exchange(call.text("trigger_id"), call.workspace)
    below = call.slack.world.views.get(trigger.view_id or "")
    if below is None:
        raise ApiError("invalid_trigger_id")
    depth, one = 1, below
    while one.previous_id is not None:
        depth, one = depth + 1, call.slack.world.views[one.previous_id]
    if depth >= DEEPEST_STACK:
        raise ApiError("push_limit_reached")
    return answer(call, keep(call, body, user_id=trigger.user_id, below=below), "views.push")


def update(call: Call) -> Json:
    body = view_of(call)
    views = call.slack.world.views
    name = call.text("external_id")
    view = views.get(call.text("view_id")) or next(
        (one for one in views.values() if name and one.body.get("external_id") == name), None
    )
    if view is None or view.closed or view.team_id != call.workspace.id:
        raise ApiError("not_found")
    if call.text("hash") and call.text("hash") != view.hash:
        raise ApiError("hash_conflict")
    view.body, view.hash = body, call.slack.world.new_id("hash")
    return answer(call, view, "views.update")


METHODS: Mapping[str, Method] = {
    "views.open": open_,
    "views.publish": publish,
    "views.push": push,
    "views.update": update,
}
