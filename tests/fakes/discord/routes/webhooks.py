"""Further answers to an interaction, through its webhook, for fifteen minutes."""

from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.rest import NOTHING, Answer, Ask, Handler
from tests.fakes.discord.state import EPHEMERAL, LOADING, Interaction, Message
from tests.fakes.discord.wire import message_json

TOKEN_SECONDS = 15 * 60
MOST_FOLLOWUPS = 5


def _interaction(discord: Interacting, ask: Ask) -> Interaction:
    """Whose webhook it is. Raises DiscordError where the token is wrong or too old, or nothing was answered yet."""
    interaction = discord.world.tokens.get(ask.path["webhook_token"])
    if ask.path["webhook_id"] != discord.world.application_id:
        raise DiscordError(10015)
    if interaction is None or discord.clock.now() - interaction.created_at > TOKEN_SECONDS:
        raise DiscordError(50027)
    if interaction.callback is None:
        raise DiscordError(10015)
    return interaction


def follow_up(discord: Interacting, ask: Ask) -> Answer:
    interaction = _interaction(discord, ask)
    original = interaction.original
    if original is not None and original.loading:
        return Answer(_shown(discord, discord.change(original, "webhook first", ask.form, ask.files, flags=LOADING)))
    if "0" not in interaction.owners and len(interaction.followups) >= MOST_FOLLOWUPS:
        raise DiscordError(40094, message="This interaction has reached its maximum number of follow up messages")
    message = discord.compose(interaction.channel, ask.form, ask.files)
    discord.as_response(message, interaction, ephemeral=bool((ask.form.get("flags") or 0) & EPHEMERAL))
    if original is not None and not original.deleted:
        discord.answer_to(message, original)
    discord.publish(message, "webhook followup", rules=ask.form.get("allowed_mentions"))
    interaction.followups.append(message)
    return Answer(_shown(discord, message)) if ask.asked("wait") else NOTHING


def _message(interaction: Interaction, ask: Ask) -> Message:
    wanted = ask.path.get("message_id", "@original")
    known = [one for one in (interaction.original, *interaction.followups) if one is not None]
    for message in known:
        if not message.deleted and (
            message.id == wanted or (wanted == "@original" and message is interaction.original)
        ):
            return message
    raise DiscordError(10008)


def get(discord: Interacting, ask: Ask) -> Answer:
    return Answer(_shown(discord, _message(_interaction(discord, ask), ask)))


def edit(discord: Interacting, ask: Ask) -> Answer:
    message = _message(_interaction(discord, ask), ask)
    return Answer(_shown(discord, discord.change(message, "webhook edit", ask.form, ask.files, flags=LOADING)))


def delete(discord: Interacting, ask: Ask) -> Answer:
    discord.erase(_message(_interaction(discord, ask), ask), "webhook delete")
    return NOTHING


def _shown(discord: Interacting, message: Message) -> dict[str, object]:
    return message_json(discord.world, message, discord.sign)


WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES: dict[str, Handler] = {
    f"POST {WEBHOOK}": follow_up,
    **{
        f"{method} {WEBHOOK}/messages/{which}": handler
        for which in ("@original", "{message_id}")
        for method, handler in (("GET", get), ("PATCH", edit), ("DELETE", delete))
    },
}
