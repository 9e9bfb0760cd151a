"""What is known of every method of the Web API: required arguments, scopes, rate tier.

The descriptions stand beside the project; where they are absent nothing is required but what the methods need.
"""

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.corpus import SHARED
from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import Json

DESCRIPTIONS = SHARED / "slack_methods"
TIER = re.compile(r"Tier (\d)")
OPTIONAL: Mapping[str, frozenset[str]] = {
    # The client sends chunks instead, and under agent_view prompts belong to the whole Messages tab.
    "chat.appendStream": frozenset({"markdown_text"}),
    "assistant.threads.setSuggestedPrompts": frozenset({"thread_ts"}),
}
"""Arguments that the descriptions require and Slack does not."""
BY_CHANNEL = re.compile(r"^(?:conversations\.|users\.conversations$)")
"""Methods whose scope depends on the kind of the conversation; they ask for it themselves."""


@dataclass(frozen=True, slots=True)
class Described:
    """One method. `scopes` of a bot token, any of which will do; `tier` 1 to 4 or None."""

    required: tuple[str, ...]
    scopes: tuple[str, ...]
    tier: int | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All methods by name; empty where the descriptions are absent."""

    methods: Mapping[str, Described]

    @classmethod
    def load(cls, folder: Path = DESCRIPTIONS) -> Self:
        files = sorted(folder.glob("*.json")) if folder.is_dir() else []
        return cls({path.stem: described(json.loads(path.read_text(encoding="utf-8"))) for path in files})

    def knows(self, method: str, implemented: Container[str]) -> bool:
        return method in self.methods or method in implemented

    def scopes(self, method: str) -> tuple[str, ...]:
        """The scopes of which a call needs one."""
        if method not in self.methods or BY_CHANNEL.match(method):
            return ()
        return self.methods[method].scopes

    def tier(self, method: str) -> int | None:
        return self.methods[method].tier if method in self.methods else None

    def check_arguments(self, method: str, arguments: Json) -> None:
        """Every required argument is there."""
        if method not in self.methods:
            return
        required = set(self.methods[method].required) - OPTIONAL.get(method, frozenset())
        missing = sorted(name for name in required if arguments.get(name) is None)
        if missing:
            raise ApiError("invalid_arguments", *(f"missing required field: {name}" for name in missing))


def described(description: Json) -> Described:
    """What matters of a description."""
    scopes = [one["name"] if isinstance(one, dict) else one for one in description.get("scopes", {}).get("bot", [])]
    limit = description.get("rate_limit")
    label = (limit.get("label") if isinstance(limit, dict) else limit) or ""
    tier = TIER.search(label)
    required = tuple(name for name, about in description.get("args", {}).items() if about.get("required"))
    return Described(required, tuple(scopes), int(tier.group(1)) if tier else None)
