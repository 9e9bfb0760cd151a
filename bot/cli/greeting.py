"""What a start says in three lines: what is on, what is off and why, where to look."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.roles import DISCORD, HTTP, ROLES, SCHEDULER, SLACK, WORKER, address
from bot.settings import Settings
from core.messages import render

EXAMPLE = {"en": "How do I connect Slack?", "ko": "슬랙은 어떻게 연결하나요?"}


def greeting(settings: Settings, names: Sequence[str], locale: str) -> tuple[str, str, str]:
    """The three lines for a process that plays these roles."""
    on = ", ".join(render(f"start.on_{code}", locale, **details) for code, details in _on(settings, names))
    off = "; ".join(render(f"start.off_{code}", locale) for code in _off(settings, names))
    look = "start.look" if HTTP in names else "start.look_elsewhere"
    return (
        render("start.on", locale, what=on),
        render("start.off", locale, what=off) if off else render("start.off_nothing", locale),
        render(look, locale, url=address(settings), example=f'{program()} ask "{EXAMPLE[locale]}"'),
    )


def program(executable: str = sys.executable) -> str:
    """How this program is called from the folder it was started in."""
    launcher = Path(executable).with_name("saseo")
    if not launcher.exists():
        return "python -m bot"
    here = Path.cwd()
    return str(launcher.relative_to(here) if launcher.is_relative_to(here) else launcher)


def _on(settings: Settings, names: Sequence[str]) -> Iterator[tuple[str, dict[str, object]]]:
    for name in names:
        if name == DISCORD and settings.discord_message_content:
            yield "discord_content", {}
        elif name == SLACK and settings.slack_client_id is not None:
            yield "slack_many" if HTTP in names else "slack_installed", {"url": address(settings)}
        else:
            yield name, {}
    if settings.has_model:
        yield "model", {"model": settings.model_name}
    else:
        yield "quotes", {}
    if settings.has_embedding_model:
        yield "embedding_model", {"model": settings.embedding_model}
    else:
        yield "embedder", {}
    if settings.redis_url is not None:
        yield "redis", {}
    if settings.chroma_url is not None:
        yield "chroma", {}
    if settings.traces:
        yield "tracing", {}


def _off(settings: Settings, names: Sequence[str]) -> Iterator[str]:
    if not settings.has_model:
        yield "model"
    for name in ROLES:
        if name not in names and (name != WORKER or settings.shares_stores):
            idle = name == SCHEDULER and settings.refresh_interval == 0
            yield "scheduler_interval" if idle else name
    if settings.redis_url is None:
        yield "redis"
    if not settings.traces:
        yield "tracing_key" if settings.langsmith_api_key is None else "tracing"
