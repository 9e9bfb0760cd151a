"""What people do with the app itself: slash commands, autocomplete, buttons, modals, context menus."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.discord.forms import inside
from tests.fakes.discord.identifying import Identifying
from tests.fakes.discord.permissions import Permission, allowed
from tests.fakes.discord.registry import find
from tests.fakes.discord.state import EPHEMERAL, Attachment, Channel, Interaction, Json, Message, Role, User
from tests.fakes.discord.wire import attachment_json, channel_json, member_json, message_json, role_json, user_json
from tests.fakes.discord.writing import Writing

ATTACHMENT_LIMIT = 10 * 1024 * 1024
CALLBACK_SECONDS = 3.0
NO_ANSWER = "The application did not respond"


class Interacting(Writing, Identifying):
    """Each act returns its interaction; `await interaction.settled()` waits for the first answer or the lack of one."""

    def slash(
        self,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        channel: Channel | str | None = None,
        user: User | str | None = None,
    ) -> Interaction:
        """Somebody runs a registered slash command; a subcommand is `"group name"`.

        Options are given as their values: text, numbers, users, roles, channels, and attachments as `(name, bytes)`.
        """
        return self._command(2, name, options or {}, channel=channel, user=user)

    def autocomplete(
        self,
        name: str,
        option: str,
        typed: str = "",
        *,
        options: Mapping[str, Any] | None = None,
        channel: Channel | str | None = None,
        user: User | str | None = None,
    ) -> Interaction:
        """Somebody types into an option of a command; the offers come as `choices`."""
        given = {**(options or {}), option: typed}
        return self._command(4, name, given, channel=channel, user=user, focused=option)

    def context_menu(self, name: str, message: Message | str, *, user: User | str | None = None) -> Interaction:
        """Somebody uses an entry of a message's menu."""
        found = self.find_message(message)
        command = self._registered(name, 3, found.channel)
        shown = message_json(self.world, found, self.sign)
        data = {"id": command["id"], "name": command["name"], "type": 3, "target_id": found.id}
        return self._send(2, data | {"resolved": {"messages": {found.id: shown}}}, channel=found.channel, user=user)

    def press(
        self,
        message: Message | str,
        button: str,
        *,
        user: User | str | None = None,
        values: list[str] | None = None,
    ) -> Interaction:
        """Somebody presses a button, by its custom id, the beginning of that, or its label; `values` for a select."""
        found = self.find_message(message)
        component = _component(found, button)
        data: Json = {"custom_id": component["custom_id"], "component_type": component["type"], "id": component["id"]}
        if component["type"] != 2:
            data |= {"values": values or []}
        who = user or found.ephemeral_to
        return self._send(3, data, channel=found.channel, user=who, message=found)

    def submit_modal(self, interaction: Interaction | str, values: Mapping[str, str]) -> Interaction:
        """The person who was shown a modal sends it; `values` by the custom ids of its fields."""
        before = self.find_interaction(interaction)
        if before.modal is None:
            raise ValueError("no modal was shown")
        components = [_filled(one, values) for one in before.modal["components"]]
        metadata = {"id": before.id, "type": before.type, "authorizing_integration_owners": before.owners}
        metadata["user"] = user_json(before.user)
        if before.message is not None:
            metadata["interacted_message_id"] = before.message.id
        data = {"custom_id": before.modal["custom_id"], "components": components, "_triggered_by": metadata}
        return self._send(5, data, channel=before.channel, user=before.user, message=before.message)

    def as_response(self, message: Message, interaction: Interaction, *, ephemeral: bool) -> None:
        """Marks a message as an answer to an interaction."""
        message.interaction = interaction
        message.webhook_id = message.application_id = self.world.application_id
        if ephemeral or self._must_be_private(interaction):
            message.ephemeral_to = interaction.user.id
            message.flags |= EPHEMERAL

    def _must_be_private(self, interaction: Interaction) -> bool:
        """An app that only the person installed is not heard by others where they may not use such apps."""
        if "0" in interaction.owners or interaction.channel.guild is None:
            return False
        return Permission.USE_EXTERNAL_APPS not in allowed(interaction.channel, interaction.user.id)

    def _command(
        self,
        kind: int,
        name: str,
        options: Mapping[str, Any],
        *,
        channel: Channel | str | None,
        user: User | str | None,
        focused: str = "",
    ) -> Interaction:
        place = self.find_channel(channel or self.general)
        first, *rest = name.removeprefix("/").split()
        command = self._registered(first, 1, place)
        resolved: dict[str, Json] = {}
        given = self._options(command.get("options") or [], rest, options, focused, resolved)
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": given}
        if resolved:
            data["resolved"] = resolved
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return self._send(kind, data, channel=place, user=user)

    def _options(
        self, known: list[Json], path: list[str], values: Mapping[str, Any], focused: str, resolved: dict[str, Json]
    ) -> list[Json]:
        if path:
            inner = find([one | {"type": 0} for one in known], path[0], 0)
            if inner is None:
                raise KeyError(f"no subcommand {path[0]!r}")
            kind = next(one["type"] for one in known if one["name"] == inner["name"])
            nested = self._options(inner.get("options") or [], path[1:], values, focused, resolved)
            return [{"name": inner["name"], "type": kind, "options": nested}]
        told = []
        for name, value in values.items():
            option = find([one | {"type": 0} for one in known], name, 0)
            if option is None:
                raise KeyError(f"no option {name!r}; there are {[one['name'] for one in known]}")
            kind = next(one["type"] for one in known if one["name"] == option["name"])
            body = {"name": option["name"], "type": kind, "value": self._value(value, resolved)}
            told.append(body | ({"focused": True} if name == focused else {}))
            _check_option(option, value, is_focused=name == focused)
        lacking = {one["name"] for one in known if one.get("required")} - {one["name"] for one in told}
        if lacking and not focused:
            raise ValueError(f"the options {sorted(lacking)} are required")
        return told

    def _value(self, value: Any, resolved: dict[str, Json]) -> Any:
        """A value as it goes over the wire; things are put into `resolved`."""
        if isinstance(value, tuple):
            value = self.new_attachment(*value)
        if isinstance(value, Attachment):
            carrier = Message(self.world.new_id(), self.general, self.mina, attachments=[value])
            self.loose[value.id] = carrier
            value.ephemeral = True
            resolved.setdefault("attachments", {})[value.id] = attachment_json(carrier, value, self.sign)
        elif isinstance(value, User):
            resolved.setdefault("users", {})[value.id] = user_json(value)
            if value.id in self.guild.members:
                member = member_json(self.guild.members[value.id], user=False) | {"permissions": "0"}
                resolved.setdefault("members", {})[value.id] = member
        elif isinstance(value, Role):
            resolved.setdefault("roles", {})[value.id] = role_json(value)
        elif isinstance(value, Channel):
            resolved.setdefault("channels", {})[value.id] = channel_json(self.world, value) | {"permissions": "0"}
        else:
            return value
        return value.id

    def _registered(self, name: str, kind: int, channel: Channel) -> Json:
        """The command, of the guild or global. Raises KeyError where the app registered none of that name."""
        local = list(channel.guild.commands.values()) if channel.guild else []
        commands = [*local, *self.world.commands.values()]
        if (found := find(commands, name, kind)) is None:
            raise KeyError(f"no command {name!r}; the app registered {[one['name'] for one in commands]}")
        return found

    def _send(
        self, kind: int, data: Json, *, channel: Channel, user: User | str | None, message: Message | None = None
    ) -> Interaction:
        person = self.find_user(user) if user else self._author(channel)
        guild = channel.guild
        installed = guild is not None and self.bot.id in guild.members
        owners = {"0": guild.id} if installed and guild else {"1": person.id}
        if guild is None:
            owners = {"0": "0"} if person.id not in self.world.user_installs else {"1": person.id}
        number, token = self.world.new_id(), self.world.new_token()
        now = self.clock.now()
        body = self._body(kind, channel, person)
        body |= {"id": number, "token": token, "data": data, "authorizing_integration_owners": owners}
        if message is not None:
            body["message"] = message_json(self.world, message, self.sign)
        interaction = Interaction(number, token, kind, person, channel, now, body, owners, message)
        self.world.interactions[number] = self.world.tokens[token] = interaction
        sent = body | {"data": {name: value for name, value in data.items() if not name.startswith("_")}}
        self.gateway.dispatch("INTERACTION_CREATE", sent, guild_id=guild.id if guild and installed else None)
        self.later(CALLBACK_SECONDS, lambda: self._give_up(interaction))
        return interaction

    def _give_up(self, interaction: Interaction) -> None:
        if interaction.callback is None:
            interaction.problem = NO_ANSWER
            self.settle(interaction)

    def _body(self, kind: int, channel: Channel, person: User) -> Json:
        guild = channel.guild
        about = channel_json(self.world, channel) | {"permissions": str(int(allowed(channel, person.id)))}
        body: Json = {
            "application_id": self.world.application_id,
            "type": kind,
            "version": 1,
            "channel": about,
            "channel_id": channel.id,
            "locale": person.locale,
            "attachment_size_limit": ATTACHMENT_LIMIT,
            "entitlements": [],
            "app_permissions": str(int(allowed(channel, self.bot.id))),
        }
        if guild is None:
            return body | {"user": user_json(person), "context": 1}
        member = member_json(guild.members[person.id]) | {"permissions": str(int(allowed(channel, person.id)))}
        about_guild = {"id": guild.id, "locale": guild.locale, "features": []}
        body |= {"guild_id": guild.id, "guild": about_guild, "guild_locale": guild.locale}
        return body | {"member": member, "context": 0}


def _check_option(option: Json, value: Any, *, is_focused: bool) -> None:
    """Raises ValueError for what Discord's own clients do not let anybody send."""
    if is_focused and not option.get("autocomplete"):
        raise ValueError(f"{option['name']!r} has no autocomplete")
    if isinstance(value, str) and len(value) > option.get("max_length", 6000):
        raise ValueError(f"{option['name']!r} is too long")


def _component(message: Message, button: str) -> Json:
    """What is meant by a custom id, a label, an emoji or the beginning of a custom id. Raises KeyError."""
    pressable = [one for one in inside(message.components) if "custom_id" in one]
    names = [(one["custom_id"], one.get("label"), (one.get("emoji") or {}).get("name")) for one in pressable]
    exact = [one for one, known in zip(pressable, names, strict=True) if button in known]
    found = [*exact, *(one for one in pressable if one["custom_id"].startswith(button))]
    if not found:
        raise KeyError(f"no button {button!r}; there are {[one['custom_id'] for one in pressable]}")
    if found[0].get("disabled"):
        raise ValueError(f"{button!r} is disabled")
    return found[0]


def _filled(component: Json, values: Mapping[str, str]) -> Json:
    """A component of a modal as it comes back."""
    told: Json = {"type": component["type"], "id": component["id"]}
    if "components" in component:
        return told | {"components": [_filled(one, values) for one in component["components"]]}
    if "component" in component:
        return told | {"component": _filled(component["component"], values)}
    if "custom_id" in component:
        # What nobody has touched is sent as it was shown.
        value = values.get(component["custom_id"], component.get("value") or "")
        if len(value) > component.get("max_length", 4000):
            raise ValueError(f"{component['custom_id']!r} is too long")
        if not value and component.get("required", True):
            raise ValueError(f"{component['custom_id']!r} has to be filled in")
        told |= {"custom_id": component["custom_id"], "value": value}
    return told
