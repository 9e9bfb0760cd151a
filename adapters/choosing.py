"""The settings of a channel as forms show them: for each a choice of words, or a text. Pure.

A window in Slack, the options of a command in Discord and the page in the console all show these.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.channels import (
    INGESTIONS,
    INSTRUCTIONS_LIMIT,
    MOST_SOURCES,
    SESSION_SCOPES,
    SOURCE_LIMIT,
    TONES,
    TRIGGERS,
    ChannelSettings,
)
from core.channels import USUAL as AS_USUAL
from core.messages import render

USUAL = "usual"
ON, OFF = "on", "off"
ANY = "any"
SWITCHES = ("enabled", "only_sources", "notices")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "enabled": (ON, OFF),
    "trigger": TRIGGERS,
    "ingestion": (USUAL, *INGESTIONS),
    "session_scope": (USUAL, *SESSION_SCOPES),
    "tone": (USUAL, *TONES),
    "languages": (ANY, "ko", "en", "ko_en", "en_ko"),
    "only_sources": (OFF, ON),
    "notices": (ON, OFF),
}
"""What each can be. The words for it stand in the catalogues under `channels.choice_<name>_<choice>`."""
TEXTS: Mapping[str, int] = {"instructions": INSTRUCTIONS_LIMIT, "sources": MOST_SOURCES * (SOURCE_LIMIT + 1)}
"""What people write, and how long it can be; sources stand in a line each."""


def chosen(settings: ChannelSettings) -> dict[str, str]:
    """What a form shows as the present choice."""
    shown: dict[str, str] = {}
    for name in CHOICES:
        value = getattr(settings, name)
        if name in SWITCHES:
            shown[name] = ON if value else OFF
        elif name == "languages":
            shown[name] = "_".join(value) or ANY
        else:
            shown[name] = value or USUAL
    return {**shown, "instructions": settings.instructions, "sources": "\n".join(settings.sources)}


def decided(form: Mapping[str, str]) -> dict[str, Any]:
    """What a filled-in form changes, for `core.channels.changed`, which refuses what makes no sense."""
    return {name: _value(name, form[name]) for name in (*CHOICES, *TEXTS) if name in form}


def labelled(name: str, locale: str) -> str:
    """What a setting is called."""
    return render(f"channels.{name}", locale)


def worded(name: str, choice: str, locale: str) -> str:
    """What a choice is called; all switches are called alike."""
    kind = "switch" if name in SWITCHES else name
    return render(f"channels.choice_{kind}_{choice}", locale)


def summary(settings: ChannelSettings, locale: str, *, without: Collection[str] = ()) -> Sequence[str]:
    """A line for each setting, but for those that are told in other words."""
    shown = chosen(settings)
    names = [name for name in CHOICES if name not in without]
    lines = [f"{labelled(name, locale)}: {worded(name, shown[name], locale)}" for name in names]
    for name in TEXTS:
        written = "; ".join(shown[name].split("\n")) if name == "sources" else " ".join(shown[name].split())
        lines.append(f"{labelled(name, locale)}: {written or render(f'channels.nothing_{name}', locale)}")
    return lines


def unusual(settings: ChannelSettings, locale: str) -> Sequence[str]:
    """What is not as usual: of choices what they are, of texts that there are some."""
    shown, usual = chosen(settings), chosen(AS_USUAL)
    differing = [name for name in (*CHOICES, *TEXTS) if shown[name] != usual[name]]
    return [
        f"{labelled(name, locale)}: {worded(name, shown[name], locale)}" if name in CHOICES else labelled(name, locale)
        for name in differing
    ]


def _value(name: str, given: str) -> Any:
    if name in SWITCHES:
        return {ON: True, OFF: False}.get(given)
    if name == "languages":
        return [] if given == ANY else given.split("_")
    if name == "sources":
        return given.splitlines()
    return None if given == USUAL and name != "instructions" else given
