"""What slash commands, buttons and shortcuts mean. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from adapters.slack.escaping import plain
from adapters.slack.inbound import Asked, Body, Ignored, Me, Rules, name_of, word
from adapters.slack.outbound import FEEDBACK, SHARE, WHY
from adapters.slack.window import SETTINGS, form_of, origin_of
from core.types import identify

ADD = "saseo_add"
"""The message shortcut's callback id."""
PRIVATELY = re.compile(r"(?:private|비공개)(?:\s+|$)", re.IGNORECASE)
SUBCOMMANDS = ("ask", "sources", "forget", "gaps", "ingestion", "notices", "settings", "help")
REFRESH = "refresh"
Wish = Literal["help", "sources", "forget", "refresh", "gaps", "ingestion", "notices", "settings"]
SIMPLE: Mapping[str, Wish] = {
    "/sources": "sources",
    "/forget": "forget",
    "/gaps": "gaps",
    "/ingestion": "ingestion",
    "/notices": "notices",
    "/settings": "settings",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that one person wants to see or to have done."""

    wish: Wish
    place: Asked
    """Where and by whom; its text is the argument."""
    trigger: str = ""
    """Opens a window for a few seconds."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Somebody has filled in the window with the settings of a channel."""

    place: Asked
    """The channel, and by whom."""
    form: Mapping[str, str]
    """What was chosen and written, by the name of the setting."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Somebody says whether an answer helped."""

    question: str
    helpful: bool
    place: Asked
    """Where and by whom; its text is the reason that was given."""
    trigger: str = ""
    """Opens a window for a few seconds."""


@dataclass(frozen=True, slots=True)
class Adding:
    """Somebody wants a message to be known."""

    place: Asked
    """Where and by whom; its text is the message's."""
    message: str
    """The message's `ts`."""


Interaction = Asked | Wanted | Decided | Judged | Adding | Ignored


def read_command(body: Body, *, me: Me, rules: Rules) -> Interaction:
    """What a slash command means. `/saseo ask ...` is `/ask ...`."""
    name, text = word(body, "command").lower(), word(body, "text").strip()
    if name == "/saseo":
        first, _, rest = text.partition(" ")
        subcommand = first.lower() if first.lower() in SUBCOMMANDS else "help"
        name, text = f"/{subcommand}", rest.strip()
    if not rules.permit(channel=word(body, "channel_id"), user=word(body, "user_id")):
        return Ignored("not allowed here")
    place = _place(body, me=me, channel=word(body, "channel_id"), user=word(body, "user_id"), text=text)
    if not place.channel or not place.user:
        return Ignored("not complete")
    if name == "/ask" and text:
        return _question(place, me=me)
    if name == "/sources" and text.lower() == REFRESH:
        return Wanted("refresh", place)
    return Wanted(SIMPLE.get(name, "help"), place, trigger=word(body, "trigger_id"))


def read_interaction(body: Body, *, me: Me, rules: Rules) -> Interaction:
    """What a press on a button or a shortcut means."""
    if word(body, "type") == "view_submission":
        return _sent(body, me=me, rules=rules)
    channel, user = name_of(body, "channel"), name_of(body, "user")
    if not rules.permit(channel=channel, user=user):
        return Ignored("not allowed here")
    message = body.get("message")
    said = message if isinstance(message, Mapping) else {}
    if word(body, "type") == "message_action" and word(body, "callback_id") == ADD:
        text = plain(word(said, "text"), me="")
        return Adding(_place(body, me=me, channel=channel, user=user, text=text), word(said, "ts"))
    if word(body, "type") != "block_actions":
        return Ignored("for this app there is nothing in it")
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], Mapping) else {}
    value = word(action, "value")
    if word(action, "action_id") == FEEDBACK:
        opinion, _, question = value.partition(" ")
        place = _place(body, me=me, channel=channel, user=user, text="")
        judged = Judged(question, opinion == "good", place, trigger=word(body, "trigger_id"))
        return judged if question else Ignored("not complete")
    if word(action, "action_id") == SHARE:
        container = body.get("container")
        shown = word(container, "message_ts") if isinstance(container, Mapping) else ""
        return _shared(_place(body, me=me, channel=channel, user=user, text=value), shown)
    return Ignored("for this app there is nothing in it")


def _place(body: Body, *, me: Me, channel: str, user: str, text: str) -> Asked:
    team = word(body, "team_id") or name_of(body, "team")
    return Asked(
        id=f"slack:{me.team}:{channel}:{word(body, 'trigger_id')}",
        way="private",
        team=me.team,
        channel=channel,
        user=user,
        text=text,
        kind="im" if channel.startswith("D") else "",
        user_team=team,
        shared=body.get("is_ext_shared_channel") is True,
        response_url=word(body, "response_url"),
    )


def _sent(body: Body, *, me: Me, rules: Rules) -> Interaction:
    """A window that was sent."""
    view = body.get("view")
    if not isinstance(view, Mapping) or word(view, "callback_id") != SETTINGS:
        return _explained(body, me=me, rules=rules)
    channel, response_url = origin_of(view)
    user = name_of(body, "user")
    if not channel or not user:
        return Ignored("not complete")
    if not rules.permit(channel=channel, user=user):
        return Ignored("not allowed here")
    place = _place(body, me=me, channel=channel, user=user, text="")
    return Decided(replace(place, user_team=_team_of(body), response_url=response_url), form_of(view))


def _team_of(body: Body) -> str:
    """The workspace of whoever does something, where that is told."""
    user = body.get("user")
    return word(user, "team_id") if isinstance(user, Mapping) else ""


def _explained(body: Body, *, me: Me, rules: Rules) -> Interaction:
    """Why somebody finds that an answer did not help: a window that names the answer's channel and the answer."""
    view = body.get("view")
    channel, _, question = word(view, "private_metadata").partition(" ") if isinstance(view, Mapping) else ("", "", "")
    user = name_of(body, "user")
    if not isinstance(view, Mapping) or word(view, "callback_id") != WHY or not question or not user:
        return Ignored("for this app there is nothing in it")
    if not rules.permit(channel=channel, user=user):
        return Ignored("not allowed here")
    given: object = view.get("state")
    for name in ("values", WHY, WHY):
        given = given.get(name) if isinstance(given, Mapping) else None
    reason = word(given, "value") if isinstance(given, Mapping) else ""
    return Judged(question, helpful=False, place=_place(body, me=me, channel=channel, user=user, text=reason))


def _question(place: Asked, *, me: Me) -> Asked:
    privately = PRIVATELY.match(place.text)
    text = place.text[privately.end() :] if privately else place.text
    return Asked.load({**place.dump(), "way": "private" if privately else "command", "text": plain(text, me=me.user)})


def _shared(place: Asked, shown: str) -> Interaction:
    """A private answer is shared by asking again for everybody, from what everybody may read: once for each answer,
    which `shown` tells from others to the same question."""
    if not place.text or not place.channel:
        return Ignored("not complete")
    once = identify(place.channel, place.user, place.text, shown)
    return Asked.load({**place.dump(), "way": "command", "id": f"slack:{place.team}:{place.channel}:shared-{once}"})
