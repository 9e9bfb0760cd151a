"""What people do with the app itself: open it, press its buttons, run its commands, send its forms."""

from typing import Any

from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.response_url import ResponseUrls
from tests.fakes.slack.speaking import Speaking
from tests.fakes.slack.state import Channel, Json, Message, User, View, Workspace
from tests.fakes.slack.wire import view_json


class Interacting(Speaking, ResponseUrls):
    """Each act returns its delivery; `await delivery.settled()` waits for the app's acknowledgement."""

    def open_home(
        self, user: User | str | None = None, *, tab: str = "home", team: str | None = None
    ) -> Delivery | None:
        """Somebody opens the Home tab, or with `tab="messages"` the conversation with the app."""
        workspace, person = self._person(user, team)
        channel = self.world.direct(workspace, person.id)
        event: Json = {"type": "app_home_opened", "user": person.id, "channel": channel.id, "tab": tab}
        if tab == "home" and person.id in workspace.homes:
            event["view"] = view_json(workspace.homes[person.id], self.world.app, workspace)
        return self.emit(workspace, event | {"event_ts": self.clock.stamp()})

    def command(
        self, command: str, text: str = "", *, channel: Channel | str | None = None, user: User | str | None = None
    ) -> Delivery:
        """Somebody runs a slash command; Slack allows none inside threads."""
        workspace, place = self.find_channel(channel or self.general)
        person = self.find_user(workspace, user) if user else self._author(workspace, place)
        names = {"public": place.name, "private": "privategroup", "im": "directmessage", "mpim": place.name}
        payload = {
            "token": self.world.app.verification_token,
            "team_id": workspace.id,
            "team_domain": workspace.domain,
            "channel_id": place.id,
            "channel_name": names[place.kind],
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": self.world.app.id,
            "is_enterprise_install": "false",
            "response_url": self.new_response_url(place, person),
            "trigger_id": self.new_trigger(workspace, person),
        }
        delivery = self.outbox.send("slash_commands", payload)
        delivery.then = lambda response: self.respond(place, person, response) if response else None
        return delivery

    def press(
        self, message: Message | str, action_id: str, *, user: User | str | None = None, **choice: Any
    ) -> Delivery:
        """Somebody presses a button of a message. `positive` chooses between feedback buttons (true by default)."""
        workspace, place, found = self.find_message(message, choice.pop("channel", None))
        person = self.find_user(workspace, user or found.ephemeral_to or self._author(workspace, place))
        container = {
            "type": "message",
            "message_ts": found.ts,
            "channel_id": place.id,
            "is_ephemeral": found.ephemeral_to is not None,
            **({"thread_ts": found.thread_ts} if found.thread_ts else {}),
        }
        payload = self._interaction("block_actions", workspace, person) | {
            "container": container,
            "channel": {"id": place.id, "name": place.name},
            "state": {"values": {}},
            "response_url": self.new_response_url(place, person, message=found),
            "actions": [self._action(found.blocks, action_id, **choice)],
        }
        if found.ephemeral_to is None:
            payload["message"] = self.shown(workspace, place, found)
        return self.outbox.send("interactive", payload)

    def press_in_view(self, view: View, action_id: str, **choice: Any) -> Delivery:
        """Somebody presses a button of their Home tab or of a modal."""
        workspace = self.world.workspaces[view.team_id]
        person = workspace.users[view.shown_to]
        payload = self._interaction("block_actions", workspace, person, view=view) | {
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(view, self.world.app, workspace),
            "actions": [self._action(view.body["blocks"], action_id, **choice)],
        }
        return self.outbox.send("interactive", payload)

    def submit(self, view: View, values: Json | None = None) -> Delivery:
        """Somebody sends a modal: `values` by block and action id, e.g. `{"b": {"a": {"value": "x"}}}`. What they leave
        alone is sent as it was shown."""
        workspace = self.world.workspaces[view.team_id]
        person = workspace.users[view.shown_to]
        shown = view_json(view, self.world.app, workspace) | {"state": {"values": state_of(view, values or {})}}
        payload = self._interaction("view_submission", workspace, person, view=view)
        delivery = self.outbox.send("interactive", payload | {"view": shown, "response_urls": []})
        delivery.then = lambda response: self._after_submit(view, response)
        return delivery

    def dismiss(self, view: View) -> Delivery | None:
        """Somebody closes a modal; the app hears of it where it asked to."""
        view.closed = True
        if not view.body.get("notify_on_close"):
            return None
        workspace = self.world.workspaces[view.team_id]
        person = workspace.users[view.shown_to]
        payload = self._interaction("view_closed", workspace, person) | {
            "view": view_json(view, self.world.app, workspace),
            "is_cleared": False,
        }
        return self.outbox.send("interactive", payload)

    def shortcut(self, callback_id: str, *, message: Message | None = None, user: User | str | None = None) -> Delivery:
        """Somebody uses a shortcut, of a message or a global one."""
        workspace = self.world.home_of(message.channel) if message is not None else self.team
        person = self.find_user(workspace, user or self.mina)
        kind = "message_action" if message is not None else "shortcut"
        payload = self._interaction(kind, workspace, person)
        payload |= {"callback_id": callback_id, "action_ts": self.clock.stamp()}
        if message is not None:
            place = workspace.channels[message.channel]
            payload |= {
                "channel": {"id": place.id, "name": place.name},
                "message_ts": message.ts,
                "message": self.shown(workspace, place, message),
                "response_url": self.new_response_url(place, person),
            }
        return self.outbox.send("interactive", payload)

    def modal_of(self, user: User | str | None = None) -> View | None:
        """The modal that somebody looks at: the last one that was opened for them."""
        person = self.find_user(self.team, user or self.mina).id
        open_ones = [
            one
            for one in self.world.views.values()
            if one.shown_to == person and one.body["type"] == "modal" and not one.closed
        ]
        return open_ones[-1] if open_ones else None

    def _person(self, user: User | str | None, team: str | None) -> tuple[Workspace, User]:
        workspace = self.world.workspaces[team] if team else self.team
        return workspace, self.find_user(workspace, user or self.mina)

    def _interaction(self, kind: str, workspace: Workspace, user: User, *, view: View | None = None) -> Json:
        who = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
        return {
            "type": kind,
            "team": {"id": workspace.id, "domain": workspace.domain},
            "user": who,
            "api_app_id": self.world.app.id,
            "token": self.world.app.verification_token,
            "trigger_id": self.new_trigger(workspace, user, view=view),
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _action(self, blocks: list[Json], action_id: str, *, positive: bool = True, **choice: Any) -> Json:
        for block in blocks:
            for element in elements_of(block):
                if element.get("action_id") != action_id:
                    continue
                action = {"type": element["type"], "action_id": action_id, "block_id": block.get("block_id", "")}
                if element["type"] == "feedback_buttons":
                    chosen = element["positive_button" if positive else "negative_button"]
                    action |= {"text": chosen["text"], "value": chosen["value"]}
                else:
                    action |= {name: element[name] for name in ("text", "value", "url", "style") if name in element}
                return action | {"action_ts": self.clock.stamp()} | choice
        raise KeyError(f"no action {action_id!r}")

    def _after_submit(self, view: View, response: Any) -> None:
        action = response.get("response_action") if isinstance(response, dict) else None
        if action == "update":
            view.body, view.hash = response["view"], self.world.new_id("hash")
        elif action == "push":
            body = response["view"]
            pushed = View(self.world.new_id("V"), view.team_id, view.shown_to, body, "pushed", view.id, view.id)
            self.world.views[pushed.id] = pushed
        elif action != "errors":
            view.closed = True
        self.seen_view("view_submission", view)


def elements_of(block: Json) -> list[Json]:
    """Whatever may be pressed in a block."""
    single = [block.get("accessory"), block.get("element")]
    return [one for one in [*(block.get("elements") or []), *single] if isinstance(one, dict)]


def state_of(view: View, values: Json) -> Json:
    """What Slack sends of the inputs of a modal. Raises KeyError or ValueError for what its clients let nobody send."""
    inputs = {block["block_id"]: block for block in view.body["blocks"] if block["type"] == "input"}
    if unknown := values.keys() - inputs.keys():
        raise KeyError(f"no input {sorted(unknown)}; there are {list(inputs)}")
    return {name: _input(block, values.get(name, {})) for name, block in inputs.items()}


def _input(block: Json, given: Json) -> Json:
    element = block["element"]
    name, kind = element["action_id"], element["type"]
    if given.keys() - {name}:
        raise KeyError(f"no action {sorted(given)} in {block['block_id']!r}")
    if kind == "plain_text_input":
        value = given.get(name, {}).get("value", element.get("initial_value"))
        if value is not None and len(value) > element.get("max_length", 3000):
            raise ValueError(f"{name!r} is too long")
        state: Json = {"type": kind, "value": value}
    elif kind == "static_select":
        option = given.get(name, {}).get("selected_option", element.get("initial_option"))
        known = {one["value"]: one for one in element["options"]}
        state = {"type": kind, "selected_option": None if option is None else known[option["value"]]}
    else:
        state = {"type": kind, **given.get(name, {})}
    if not block.get("optional") and None in state.values():
        raise ValueError(f"{name!r} has to be filled in")
    return {name: state}
