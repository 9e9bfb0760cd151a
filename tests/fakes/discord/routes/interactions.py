"""The first answer to an interaction: a message, a deferral, a change, choices or a modal; once, in three seconds."""

from typing import Any

from tests.fakes.discord.errors import DiscordError, invalid
from tests.fakes.discord.forms import inside, numbered
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.rest import NOTHING, Answer, Ask, Handler
from tests.fakes.discord.state import EPHEMERAL, LOADING, Interaction, Json, Message
from tests.fakes.discord.wire import message_json

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
"""Types of interactions."""
PONG, MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, FORM = 1, 4, 5, 6, 7, 8, 9
"""Types of answers."""
ANSWERS = {
    COMMAND: {MESSAGE, DEFERRED, FORM},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, FORM},
    AUTOCOMPLETE: {CHOICES},
    MODAL: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE},
}
CALLBACK_SECONDS = 3.0
MOST_CHOICES = 25


def callback(discord: Interacting, ask: Ask) -> Answer:
    interaction = discord.world.interactions.get(ask.path["interaction_id"])
    if interaction is None or interaction.token != ask.path["interaction_token"]:
        raise DiscordError(10062)
    if interaction.callback is not None:
        raise DiscordError(40060)
    if discord.clock.now() - interaction.created_at > CALLBACK_SECONDS:
        raise DiscordError(10062)
    kind = ask.form.get("type")
    if kind not in ANSWERS[interaction.type]:
        raise invalid("type", "INTERACTION_APPLICATION_COMMAND_INVALID_RESPONSE", "This answer does not fit")
    data = ask.form.get("data") or {}
    if kind in (UPDATE, DEFERRED_UPDATE) and interaction.message is None:
        raise invalid("type", "INTERACTION_NO_MESSAGE", "There is no message to update")
    message = _carry_out(discord, interaction, kind, data, ask)
    interaction.callback = ask.form
    interaction.acknowledged_at = discord.clock.now()
    discord.settle(interaction)
    return Answer(_told(discord, interaction, kind, message)) if ask.asked("with_response") else NOTHING


def _carry_out(discord: Interacting, interaction: Interaction, kind: int, data: Json, ask: Ask) -> Message | None:
    if kind == CHOICES:
        interaction.choices = _choices(data)
    elif kind == FORM:
        interaction.modal = _modal(data)
    elif kind == DEFERRED_UPDATE:
        interaction.original = interaction.message
    elif kind == UPDATE:
        assert interaction.message is not None
        interaction.original = discord.change(interaction.message, "callback update", data, ask.files)
    else:
        interaction.original = _reply(discord, interaction, kind, data, ask)
    return interaction.original


def _reply(discord: Interacting, interaction: Interaction, kind: int, data: Json, ask: Ask) -> Message:
    flags = data.get("flags") or 0
    if kind == DEFERRED:
        message = Message(discord.world.new_id(), interaction.channel, discord.bot, flags=flags & EPHEMERAL | LOADING)
        cause = "callback deferred"
    else:
        message = discord.compose(interaction.channel, data, ask.files)
        cause = "callback message"
    discord.as_response(message, interaction, ephemeral=bool(flags & EPHEMERAL))
    message.type = {COMMAND: 20}.get(interaction.type, 0)
    if interaction.body["data"].get("target_id"):
        message.type = 23
    if interaction.type == COMPONENT and interaction.message is not None:
        discord.answer_to(message, interaction.message)
    return discord.publish(message, cause, rules=data.get("allowed_mentions"))


def _choices(data: Json) -> list[Json]:
    choices: list[Json] = data.get("choices") or []
    if len(choices) > MOST_CHOICES:
        raise invalid("data.choices", "BASE_TYPE_BAD_LENGTH", f"Must be {MOST_CHOICES} or fewer in length.")
    for number, choice in enumerate(choices):
        for name in ("name", "value"):
            if isinstance(choice[name], str) and not 1 <= len(choice[name]) <= 100:
                place = f"data.choices.{number}.{name}"
                raise invalid(place, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    return choices


def _modal(data: Json) -> Json:
    if not 1 <= len(data.get("title") or "") <= 45:
        raise invalid("data.title", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
    if not 1 <= len(data.get("components") or []) <= 5:
        raise invalid("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for one in inside(data["components"]):
        if len(one.get("label") or "") > 45:
            raise invalid("data.components.label", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 45 in length.")
    return data | {"components": numbered(data["components"])}


def _told(discord: Interacting, interaction: Interaction, kind: int, message: Message | None) -> Json:
    about: Json = {"id": interaction.id, "type": interaction.type}
    about["channel_id"] = interaction.channel.id
    if interaction.channel.guild is not None:
        about["guild_id"] = interaction.channel.guild.id
    body: dict[str, Any] = {"interaction": about}
    if message is not None:
        about["response_message_id"] = message.id
        about["response_message_loading"] = message.loading
        about["response_message_ephemeral"] = message.ephemeral_to is not None
        if kind in (MESSAGE, UPDATE):
            shown = message_json(discord.world, message, discord.sign)
            body["resource"] = {"type": kind, "message": shown}
    return body


ROUTES: dict[str, Handler] = {
    "POST /interactions/{interaction_id}/{interaction_token}/callback": callback,
}
