"""Checks what an app wants to write, as strictly as Discord, and turns it into the parts of a message."""

from collections.abc import Iterator
from typing import Any

from tests.fakes.discord.errors import DiscordError, invalid
from tests.fakes.discord.state import COMPONENTS_V2, Json

CONTENT_LENGTH = 2000
EMBED_TOTAL = 6000
EMBED_LENGTHS = {"title": 256, "description": 4096}
MOST_EMBEDS = 10
MOST_ROWS = 5
CUSTOM_ID_LENGTH = 100


def too_long(field: str, most: int) -> DiscordError:
    return invalid(field, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def check_form(form: Json) -> None:
    """Raises DiscordError where a message would be refused for what it says, whether it is empty or not."""
    content = form.get("content") or ""
    if not isinstance(content, str):
        raise invalid("content", "BASE_TYPE_STRING", "Could not interpret the value as string.")
    if _length(content) > CONTENT_LENGTH:
        raise too_long("content", CONTENT_LENGTH)
    embeds = form.get("embeds") or []
    if len(embeds) > MOST_EMBEDS:
        raise invalid("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_EMBEDS} or fewer in length.")
    for number, embed in enumerate(embeds):
        _check_embed(embed, f"embeds.{number}")
    if sum(map(_embed_length, embeds)) > EMBED_TOTAL:
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")
    _check_components(form)


def _check_components(form: Json) -> None:
    components = form.get("components") or []
    if (form.get("flags") or 0) & COMPONENTS_V2:
        if form.get("content") or form.get("embeds"):
            raise invalid("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "This field cannot be used")
        return
    if len(components) > MOST_ROWS:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_ROWS} in length.")
    seen: set[str] = set()
    for component in inside(components):
        custom_id = component.get("custom_id")
        if custom_id is None:
            continue
        if len(custom_id) > CUSTOM_ID_LENGTH:
            raise too_long("components.custom_id", CUSTOM_ID_LENGTH)
        if custom_id in seen:
            raise invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        seen.add(custom_id)


def _check_embed(embed: Json, place: str) -> None:
    for name, most in EMBED_LENGTHS.items():
        if _length(embed.get(name) or "") > most:
            raise too_long(f"{place}.{name}", most)
    fields = embed.get("fields") or []
    if len(fields) > 25:
        raise too_long(f"{place}.fields", 25)
    for number, field in enumerate(fields):
        for name, most in (("name", 256), ("value", 1024)):
            if not field.get(name):
                raise invalid(f"{place}.fields.{number}.{name}", "BASE_TYPE_REQUIRED", "This field is required")
            if _length(field[name]) > most:
                raise too_long(f"{place}.fields.{number}.{name}", most)
    if _length((embed.get("footer") or {}).get("text") or "") > 2048:
        raise too_long(f"{place}.footer.text", 2048)


def _embed_length(embed: Json) -> int:
    words = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    words += [(embed.get("author") or {}).get("name")]
    words += [field[name] for field in embed.get("fields") or [] for name in ("name", "value")]
    return sum(_length(one) for one in words if one)


def _length(text: str) -> int:
    """Discord counts code points."""
    return len(text)


def numbered(components: list[Json]) -> list[Json]:
    """The components as Discord gives them back: each has a number, and what was left out its default."""
    counter = iter(range(1, 1000))

    def one(component: Json) -> Json:
        told = {name: value for name, value in component.items() if value is not None}
        told["id"] = told.get("id") or next(counter)
        for name in ("components",):
            if name in told:
                told[name] = [one(inner) for inner in told[name]]
        for name in ("component", "accessory"):
            if name in told:
                told[name] = one(told[name])
        if told["type"] in (3, 5, 6, 7, 8):
            told = {"min_values": 1, "max_values": 1} | told
        return told

    return [one(component) for component in components]


def shown_embeds(embeds: list[Json]) -> list[Json]:
    """The embeds as Discord gives them back."""
    shown = []
    for embed in embeds:
        told: dict[str, Any] = {name: value for name, value in embed.items() if value is not None}
        if "fields" in told:
            told["fields"] = [{"inline": False} | field for field in told["fields"]]
        shown.append(told | {"type": "rich"})
    return shown


def inside(components: list[Json]) -> Iterator[Json]:
    """Every component, depth first."""
    for component in components:
        yield component
        nested = [*(component.get("components") or []), component.get("component"), component.get("accessory")]
        yield from inside([one for one in nested if one])
