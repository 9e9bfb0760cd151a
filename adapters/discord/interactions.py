"""What commands, menus, buttons and dialogues of Discord mean. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from adapters.choosing import OFF, ON, TEXTS
from adapters.discord.commands import ABOUT, ADD, ASK, FORGET, GAPS, HELP, LEARN, SETTINGS, SOURCES
from adapters.discord.components import BAD, GOOD, SERVER, SHARE, WHY, question_in, read_id
from adapters.discord.components import LEARN as AGREE
from adapters.discord.components import SETTINGS as WRITING
from adapters.discord.escaping import plain
from adapters.discord.heard import attached, called, listed, mapping, mappings, number, word
from adapters.discord.inbound import ABOUT_LIMIT, DIRECT, EVERYBODY, Asked, Body, Ignored, Me, Rules, Way
from core.types import identify

if TYPE_CHECKING:
    import discord

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
BOT_DM, PRIVATE_CHANNEL = 1, 2
"""Where an interaction can happen beside a server."""
THREADS = (10, 11, 12)
"""Types of channels that are threads."""
Wish = Literal[
    "help",
    "sources",
    "refresh",
    "forget",
    "add",
    "learn",
    "agree",
    "titles",
    "server",
    "why",
    "gaps",
    "settings",
    "texts",
]
"""`refresh`: a fresh look at the links. `add`: a link or a file. `learn`: the message it was opened on.
`titles`: proposals for what is being typed.
`agree`: a message may be read.
`server`: the one chosen for a direct message. `why`: what was missing in an answer, to be asked in a dialogue.
`texts`: the settings that are written, to be asked in a dialogue."""
ADMINISTRATOR, MANAGE_CHANNELS, MANAGE_SERVER = 1 << 3, 1 << 4, 1 << 5
MANAGING = ADMINISTRATOR | MANAGE_CHANNELS | MANAGE_SERVER
"""Permissions of which it takes one to decide for a channel."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that one person wants to see or to have done."""

    wish: Wish
    place: Asked
    """Where and by whom; its text is the argument."""
    about: str = ""
    """The command that is being typed, or the id of the question that a dialogue is about."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What is to be set, as `adapters.choosing` has it."""
    manages: bool = False
    """Whether it is somebody who may decide for the channel."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Somebody says whether an answer helped; the text of its place says why."""

    question: str
    helpful: bool
    place: Asked


Interaction = Asked | Wanted | Judged | Ignored
NOTHING = Ignored("for this app there is nothing in it")


def read_interaction(
    interaction: "discord.Interaction[Any]", *, me: Me, at: datetime, rules: Rules = EVERYBODY
) -> Interaction:
    """What an interaction of discord.py means. `at` is when it arrived, by the caller's clock."""
    return read_interaction_body(body_of(interaction), me=me, at=at, rules=rules)


def body_of(interaction: "discord.Interaction[Any]") -> Body:
    """An interaction of discord.py as Discord sent it, as far as it matters here."""
    channel, message, context = interaction.channel, interaction.message, interaction.context
    # Nobody is named in an event that is not complete.
    user = str(getattr(interaction.user, "id", ""))
    brought = bool(user) and interaction.is_user_integration()
    whole: dict[str, Any] = {
        "id": str(interaction.id),
        "application_id": str(interaction.application_id),
        "type": interaction.type.value,
        "token": interaction.token,
        "data": interaction.data or {},
        "user": {"id": user},
        "member": {"permissions": str(interaction.permissions.value)},
        "locale": interaction.locale.value,
        "context": PRIVATE_CHANNEL if context.private_channel else BOT_DM if context.dm_channel else None,
        "authorizing_integration_owners": {"1": user} if brought else {},
    }
    if interaction.guild_id:
        whole["guild_id"] = str(interaction.guild_id)
    if interaction.is_guild_integration():
        whole["authorizing_integration_owners"]["0"] = whole["guild_id"]
    if channel is not None:
        parent = getattr(channel, "parent_id", None)
        whole["channel"] = {"id": str(channel.id), "type": channel.type.value, "parent_id": str(parent or "")}
    if message is not None:
        whole["message"] = {"id": str(message.id), "content": message.content}
    return whole


def read_interaction_body(body: Body, *, me: Me, at: datetime, rules: Rules = EVERYBODY) -> Interaction:
    """What an interaction means as Discord sends it."""
    kind, data = number(body, "type"), mapping(body, "data")
    if kind not in (COMMAND, COMPONENT, AUTOCOMPLETE, MODAL):
        return NOTHING
    place = _place(body, me=me, at=at)
    if not (place.channel and place.user and place.interaction and place.token):
        return Ignored("not complete")
    if not rules.permit(channel=place.channel, user=place.user, thread=place.thread):
        return Ignored("not allowed here")
    manages = _manages(body) and not place.direct and not place.outside
    if kind == COMMAND:
        return _command(data, place, manages=manages)
    if kind == AUTOCOMPLETE:
        return _typing(data, place)
    if kind == MODAL:
        return _filled_in(data, place, manages=manages)
    if read_id(word(data, "custom_id")) == (WRITING, ""):
        return Wanted("texts", place, manages=manages)
    return _pressed(data, place, said=word(mapping(body, "message"), "content"))


def _place(body: Body, *, me: Me, at: datetime) -> Asked:
    member, channel = mapping(body, "member"), mapping(body, "channel")
    user = word(mapping(member, "user"), "id") or word(mapping(body, "user"), "id")
    here = word(channel, "id") or word(body, "channel_id")
    parent = word(channel, "parent_id") if number(channel, "type") in THREADS else ""
    guild = word(body, "guild_id") or DIRECT
    interaction = word(body, "id")
    return Asked(
        id=f"discord:{guild}:{here}:{interaction}",
        way="private",
        guild=guild,
        channel=parent or here,
        user=user,
        text="",
        received_at=at,
        thread=here if parent else "",
        locale=word(body, "locale"),
        interaction=interaction,
        token=word(body, "token"),
        application=word(body, "application_id") or me.application,
        outside=_outside(body),
    )


def _outside(body: Body) -> bool:
    """Whether the bot came with the asker to where it is no member."""
    owners, guild, context = (
        mapping(body, "authorizing_integration_owners"),
        word(body, "guild_id"),
        body.get("context"),
    )
    if not guild and context in (BOT_DM, PRIVATE_CHANNEL):
        return bool(context == PRIVATE_CHANNEL)
    member = "0" in owners and (not guild or word(owners, "0") == guild)
    return "1" in owners and not member


def _manages(body: Body) -> bool:
    permissions = word(mapping(body, "member"), "permissions")
    return permissions.isdecimal() and bool(int(permissions) & MANAGING)


def _command(data: Body, place: Asked, *, manages: bool) -> Interaction:
    name, options = word(data, "name"), _options(data)
    if name in (ABOUT, LEARN):
        return _menu(name, data, place)
    names = _names(data)
    if name == ASK:
        text = plain(_text(options, "question"), names=names)
        return replace(place, way=_way(place, privately=options.get("private") is True), text=text)
    if name == ADD:
        files = mapping(mapping(data, "resolved"), "attachments").values()
        attachments = attached(one for one in files if isinstance(one, Mapping))
        return Wanted("add", replace(place, text=_text(options, "link").strip(), attachments=attachments))
    if name == SOURCES:
        wish: Wish = "refresh" if options.get("refresh") is True else "sources"
        return Wanted(wish, replace(place, text=_text(options, "words").strip()))
    if name == FORGET:
        return Wanted("forget", replace(place, text=_text(options, "document").strip()))
    if name == SETTINGS:
        return Wanted("settings", place, options=_settings(options), manages=manages)
    if name == GAPS:
        return Wanted("gaps", place)
    return Wanted("help", place) if name == HELP else NOTHING


def _way(place: Asked, *, privately: bool) -> Way:
    """Where the bot is no member, nobody else is to see its answers."""
    return "private" if privately or place.outside else "command"


def _menu(name: str, data: Body, place: Asked) -> Interaction:
    """A menu that was opened on a message."""
    messages = mapping(mapping(data, "resolved"), "messages")
    target = word(data, "target_id")
    message = mapping(messages, target)
    names = called(mappings(message, "mentions"), mappings(message, "mention_channels"))
    text = plain(word(message, "content"), names=names)
    attachments = attached(mappings(message, "attachments"))
    if not message:
        return Ignored("not complete")
    on = replace(place, reference=target, attachments=attachments)
    if name == LEARN:
        return Wanted("learn", replace(on, text=text))
    return replace(on, way="context_menu", text=text[:ABOUT_LIMIT])


def _typing(data: Body, place: Asked) -> Interaction:
    """An option that is being typed."""
    for option in mappings(data, "options"):
        if option.get("focused") is True:
            return Wanted("titles", replace(place, text=word(option, "value").strip()), about=word(data, "name"))
    return NOTHING


def _pressed(data: Body, place: Asked, *, said: str) -> Interaction:
    """A button, or a choice from a list."""
    kind, question = read_id(word(data, "custom_id"))
    if kind == SERVER:
        chosen = [question] if question else [value for value in listed(data, "values") if isinstance(value, str)]
        return Wanted("server", replace(place, text=chosen[0])) if chosen else Ignored("not complete")
    if kind not in (GOOD, BAD, SHARE, AGREE):
        return NOTHING
    if not question or (kind == AGREE and not question.isdigit()):
        return Ignored("not complete")
    if kind == AGREE:
        return Wanted("agree", replace(place, reference=question))
    if kind == GOOD:
        return Judged(question, helpful=True, place=place)
    if kind == BAD:
        return Wanted("why", place, about=question)
    return _shared(place, question, text=question_in(said))


def _shared(place: Asked, question: str, *, text: str) -> Interaction:
    """A private answer is shared by asking again for everybody, from what everybody may read: once."""
    if not text or place.outside:
        return Ignored("not complete")
    once = identify(question, place.user)
    return replace(place, id=f"discord:{place.guild}:{place.target}:shared-{once}", way="command", text=text)


def _filled_in(data: Body, place: Asked, *, manages: bool) -> Interaction:
    """A dialogue that was filled in."""
    kind, question = read_id(word(data, "custom_id"))
    if kind == WRITING:
        written = {name: text for name, text in _written(data).items() if name in TEXTS}
        return Wanted("settings", place, options=written, manages=manages)
    if kind != WHY or not question:
        return NOTHING
    return Judged(question, helpful=False, place=replace(place, text="".join(_written(data).values()).strip()))


def _written(data: Body) -> dict[str, str]:
    """What was written into a dialogue, by field; they stand in rows or under labels."""
    rows = mappings(data, "components")
    parts = [part for row in rows for part in (*mappings(row, "components"), mapping(row, "component"))]
    return {word(part, "custom_id"): word(part, "value") for part in parts if part}


def _settings(options: Mapping[str, Any]) -> dict[str, str]:
    """Options as choices: a switch is on or off."""
    words = {True: ON, False: OFF}
    return {name: words[value] if isinstance(value, bool) else str(value) for name, value in options.items()}


def _options(data: Body) -> dict[str, Any]:
    return {word(option, "name"): option.get("value") for option in mappings(data, "options")}


def _text(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name)
    return value if isinstance(value, str) else ""


def _names(data: Body) -> dict[str, str]:
    """What the mentioned are called, among what Discord sends along."""
    resolved = mapping(data, "resolved")

    def among(name: str) -> list[Body]:
        return [one for one in mapping(resolved, name).values() if isinstance(one, Mapping)]

    return called(among("users"), among("channels"), among("roles"))
