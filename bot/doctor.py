"""Looks at everything the bot needs and says of each whether it works and what to do. Costs nothing unasked."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx

from bot.link_headers import is_open_to_all, read_link_headers
from bot.lock import Holder
from bot.place import hold_place, running
from bot.settings import Settings
from core.errors import Refused, SaseoError
from core.messages import render
from core.ports import Message

if TYPE_CHECKING:
    from core.installations import Installations
    from core.saseo import Check

Level = Literal["good", "note", "wrong"]

LITTLE_BYTES = 200 * 1024 * 1024
"""With less free disk than this, indexing may fail half-way."""
PATIENCE = 10.0
ONLINE_TOKENS = 16
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    code: str
    details: Mapping[str, object] = field(default_factory=dict)

    def text(self, locale: str) -> str:
        """What to tell the user."""
        return render(self.code, locale, **self.details)


def found(level: Level, code: str, **details: object) -> Finding:
    """A finding with the details of its text."""
    return Finding(level, code, details)


def wrong(error: SaseoError) -> Finding:
    """A trouble that already has its sentence."""
    return Finding("wrong", error.code, error.details)


async def examine(settings: Settings, *, online: bool = False, env_file: Path = Path(".env")) -> AsyncIterator[Finding]:
    """Every finding. Only with `online` is the model asked for a few words, which may cost money."""
    for name in await asyncio.to_thread(unknown_names, env_file):
        yield found("note", "doctor.unknown_name", name=name, file=str(env_file))
    yield found("good", "doctor.settings")
    yield await asyncio.to_thread(look_at_disk, settings.data_dir)
    for finding in await asyncio.to_thread(look_at_link_headers, settings):
        yield finding
    try:
        held = running(settings)
    except SaseoError as error:
        yield wrong(error)
        return
    if held is None:
        yield look_at_port(settings)
    async for finding in _services(settings, held):
        yield finding
    async for finding in _slack(settings):
        yield finding
    async for finding in _discord(settings):
        yield finding
    yield await _model(settings, online=online)


def unknown_names(env_file: Path) -> list[str]:
    """Names in the settings file that no setting has: most are misspelt."""
    from dotenv import dotenv_values

    if not env_file.is_file():
        return []
    known = {name.upper() for name in Settings.model_fields}
    return [name for name in dotenv_values(env_file) if name.upper() not in known]


def look_at_disk(directory: Path) -> Finding:
    """Whether the data directory can be written to and has room."""
    place = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK) or not place.is_dir():
        return found("wrong", "doctor.not_writable", directory=str(directory))
    free = shutil.disk_usage(place).free
    gigabytes = f"{free / 1024**3:.1f}"
    if free < LITTLE_BYTES:
        return found("wrong", "doctor.disk_full", directory=str(directory), free=gigabytes)
    return found("good", "doctor.disk", directory=str(directory), free=gigabytes)


def look_at_link_headers(settings: Settings) -> list[Finding]:
    """Which hosts are asked with headers of their own: the names, never the values."""
    path = settings.link_headers_file
    if path is None:
        return []
    try:
        hosts = read_link_headers(settings).hosts
    except SaseoError as error:
        return [wrong(error)]
    seen = [found("good", "link_headers.found", host=host, names=", ".join(names)) for host, names in hosts.items()]
    return [*seen, *([found("note", "link_headers.open_to_all", file=str(path))] if is_open_to_all(path) else [])]


def look_at_port(settings: Settings) -> Finding:
    """Whether the API could listen."""
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    host, port = settings.api_host, settings.api_port
    try:
        socket.create_server((host, port), family=family).close()
    except OSError:
        return found("wrong", "doctor.port_taken", host=host, port=port)
    return found("good", "doctor.port_free", host=host, port=port)


async def _services(settings: Settings, held: Holder | None) -> AsyncIterator[Finding]:
    if held is None:
        async for finding in _own_services(settings):
            yield finding
        return
    yield found("good", "doctor.running", pid=held.pid, url=held.url or "-")
    if held.url is not None:
        async for finding in _running_services(held.url):
            yield finding


async def _own_services(settings: Settings) -> AsyncIterator[Finding]:
    from bot.wiring import open_saseo

    try:
        with hold_place(settings) as place:
            async with open_saseo(settings, place=place) as saseo:
                for name, check in saseo.checks.items():
                    yield await _checked(name, check)
                if settings.slack_client_id is not None:
                    yield await _installations(saseo.installations)
    except SaseoError as error:
        yield wrong(error)


async def _installations(installations: "Installations") -> Finding:
    names, lost = await installations.workspaces("slack"), 0
    for name in names:
        try:
            await installations.find("slack", name)
        except Refused:
            lost += 1
    if lost:
        return found("wrong", "seal.lost_some", count=lost)
    return found("good", "doctor.slack_installed", count=len(names))


async def _checked(name: str, check: "Check") -> Finding:
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except SaseoError as error:
        return found("wrong", "doctor.service", name=name, reason=error.text())
    except TimeoutError:
        return found("wrong", "doctor.service_silent", name=name, seconds=PATIENCE)
    return found("good", "doctor.service_well", name=name)


async def _running_services(url: str) -> AsyncIterator[Finding]:
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            services = (await client.get(f"{url}/health")).json()["services"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        yield found("wrong", "desk.unreachable", url=url)
        return
    for name, state in services.items():
        if state == "healthy":
            yield found("good", "doctor.service_well", name=name)
        else:
            yield found("wrong", "doctor.service", name=name, reason=state)


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    from adapters.slack.checkup import look
    from bot.roles import slack_options

    options = slack_options(settings)
    if options is None:
        yield found("note", "doctor.no_slack")
        return
    async for seen in look(options):
        yield Finding(seen.level, seen.code, seen.details)


async def _discord(settings: Settings) -> AsyncIterator[Finding]:
    from bot.roles import discord_options

    options = discord_options(settings)
    if options is None:
        yield found("note", "discord_connection.none")
        return
    from adapters.discord.checkup import look

    async for seen in look(options):
        yield Finding(seen.level, seen.code, seen.details)


async def _model(settings: Settings, *, online: bool) -> Finding:
    if not settings.has_model:
        return found("note", "doctor.no_model")
    listed = await _listed(settings)
    if listed.level == "wrong" or not online:
        return listed
    return await _spoken(settings)


async def _listed(settings: Settings) -> Finding:
    """Asks the server for its models, which is free."""
    url = (settings.openai_base_url or OPENAI_URL).rstrip("/")
    headers = {"Authorization": f"Bearer {_key(settings)}"}
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            response = await client.get(f"{url}/models", headers=headers)
    except httpx.HTTPError:
        return found("wrong", "doctor.model_unreachable", url=url)
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return found("wrong", "doctor.model_key", url=url)
    if response.is_server_error:
        return found("wrong", "doctor.model_unreachable", url=url)
    return found("good", "doctor.model", name=settings.model_name, url=url)


async def _spoken(settings: Settings) -> Finding:
    from core.backends.openai import ChatModel

    model = ChatModel(
        api_key=_key(settings),
        base_url=settings.openai_base_url,
        model=settings.model_name,
        temperature=settings.temperature,
        max_tokens=ONLINE_TOKENS,
        timeout=settings.request_timeout,
        retries=0,
    )
    try:
        async for _ in model.stream([Message("human", "Say: OK")]):
            pass
    except SaseoError as error:
        return wrong(error)
    finally:
        await model.close()
    return found("good", "doctor.model_answers", name=settings.model_name)


def _key(settings: Settings) -> str:
    return settings.openai_api_key.get_secret_value() if settings.openai_api_key is not None else "none"
