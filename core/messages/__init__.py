"""User-facing texts in Korean and English, one TOML table a topic in `ko.toml` and `en.toml`."""

import tomllib
from functools import cache
from importlib.resources import files

LOCALES = ("en", "ko")


@cache
def catalogue(locale: str) -> dict[str, str]:
    """Every text of a locale by its code, as `topic.name`; English for a locale we do not have."""
    name = locale if locale in LOCALES else "en"
    tables = tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return {f"{topic}.{key}": text for topic, table in tables.items() for key, text in table.items()}


def render(code: str, locale: str = "en", **details: object) -> str:
    """The text with this code, its placeholders filled. KeyError when no catalogue has it."""
    return catalogue(locale)[code].format(**details)
