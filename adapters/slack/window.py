"""The window with the settings of a channel: how it looks, and what is said by sending it. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.choosing import CHOICES, TEXTS, chosen, labelled, worded
from adapters.slack.inbound import Body, word
from adapters.slack.outbound import Block
from core.channels import ChannelSettings
from core.messages import render

SETTINGS = "saseo_settings"
"""The callback id."""
TEXT_LIMIT = 3000
"""Characters of a field, by Slack's rule."""
HINTS = frozenset({"trigger", "ingestion", "only_sources", "languages", "instructions", "sources"})
ELSEWHERE: Mapping[str, frozenset[str]] = {"trigger": frozenset({"posts"})}
"""What there is on other platforms alone: Slack has no forums."""


def window(settings: ChannelSettings, *, channel: str, response_url: str, locale: str) -> Block:
    """The window as it is opened. It remembers where it was asked for."""
    shown = chosen(settings)
    blocks = [_choice(name, shown[name], locale) for name in CHOICES]
    # What is longer than a field may be was not written here, and stays as it is.
    blocks += [
        _text(name, shown[name], limit, locale) for name, limit in TEXTS.items() if len(shown[name]) <= TEXT_LIMIT
    ]
    return {
        "type": "modal",
        "callback_id": SETTINGS,
        "private_metadata": json.dumps([channel, response_url]),
        "title": _plain(render("channels.window", locale)),
        "submit": _plain(render("channels.save", locale)),
        "close": _plain(render("channels.cancel", locale)),
        "blocks": blocks,
    }


def origin_of(view: Body) -> tuple[str, str]:
    """The channel that a window is about, and the address to reply to; both empty where it is none of ours."""
    try:
        channel, response_url = json.loads(word(view, "private_metadata"))
    except (ValueError, TypeError):
        return "", ""
    return (channel, response_url) if isinstance(channel, str) and isinstance(response_url, str) else ("", "")


def form_of(view: Body) -> dict[str, str]:
    """What was chosen and written, by the name of the setting."""
    found: dict[str, str] = {}
    for name in (*CHOICES, *TEXTS):
        given = _at(view, ("state", "values", name, name))
        if not given:
            continue
        option = given.get("selected_option")
        found[name] = word(option, "value") if isinstance(option, Mapping) else word(given, "value")
    return found


def faults(text: str, field: str) -> Mapping[str, Any]:
    """Says in the open window what is wrong with a field."""
    return {"response_action": "errors", "errors": {field: text}}


def _at(view: Body, path: Sequence[str]) -> Body:
    found: object = view
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _choice(name: str, present: str, locale: str) -> Block:
    names = [choice for choice in CHOICES[name] if choice not in ELSEWHERE.get(name, ())]
    options = [{"text": _plain(worded(name, choice, locale)), "value": choice} for choice in names]
    initial = next((option for option in options if option["value"] == present), options[0])
    element = {"type": "static_select", "action_id": name, "options": options, "initial_option": initial}
    return _field(name, element, locale)


def _text(name: str, present: str, limit: int, locale: str) -> Block:
    element: dict[str, Any] = {"type": "plain_text_input", "action_id": name, "multiline": True}
    element["max_length"] = min(limit, TEXT_LIMIT)
    if present:
        element["initial_value"] = present
    return {**_field(name, element, locale), "optional": True}


def _field(name: str, element: Mapping[str, Any], locale: str) -> Block:
    hint = {"hint": _plain(render(f"channels.hint_{name}", locale))} if name in HINTS else {}
    return {"type": "input", "block_id": name, "label": _plain(labelled(name, locale)), "element": element, **hint}


def _plain(text: str) -> Mapping[str, str]:
    return {"type": "plain_text", "text": text}
