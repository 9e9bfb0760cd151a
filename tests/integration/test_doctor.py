"""The doctor: every trouble is found, named, and told with what to do."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web

from bot.doctor import Finding, examine, look_at_disk, look_at_port, unknown_names
from bot.lock import hold
from bot.settings import Settings
from tests.fakes.openai import FakeOpenAI

KEY = "sk-secret-key"


def settings(directory: Path, **values: Any) -> Settings:
    return Settings.model_validate({"data_dir": directory, **values})


async def findings(given: Settings, *, online: bool = False, url: str | None = None) -> dict[str, Finding]:
    """What the doctor finds while another process holds the data directory."""
    with hold(given.data_dir, url=url):
        found = [finding async for finding in examine(given, online=online, env_file=given.data_dir / ".env")]
    for finding in found:
        assert finding.text("en") != finding.text("ko") or finding.code.startswith("doctor.service")
    return {finding.code: finding for finding in found}


@asynccontextmanager
async def answering(status: int, body: str = "{}") -> AsyncIterator[str]:
    """The address of a server that gives every request this answer."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_without_a_model_that_is_a_note_and_nothing_is_wrong(tmp_path: Path) -> None:
    found = await findings(settings(tmp_path))
    assert found["doctor.no_model"].level == "note"
    assert {finding.level for finding in found.values()} == {"good", "note"}


async def test_a_misspelt_name_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("API_PROT=1\nAPI_PORT=2\nexport LOG_LEVEL=INFO\n", encoding="utf-8")
    assert unknown_names(file) == ["API_PROT"]
    assert unknown_names(tmp_path / "none") == []
    assert (await findings(settings(tmp_path)))["doctor.unknown_name"].details["name"] == "API_PROT"


async def test_a_model_is_asked_nothing_that_costs_unless_wished(tmp_path: Path) -> None:
    async with FakeOpenAI() as server:
        given = settings(tmp_path, openai_api_key=KEY, openai_base_url=server.base_url)
        assert (await findings(given))["doctor.model"].level == "good"
        assert list(server.requests) == []
        assert (await findings(given, online=True))["doctor.model_answers"].level == "good"
        assert len(server.requests) == 1


async def test_a_model_that_answers_with_an_error_is_wrong(tmp_path: Path) -> None:
    async with FakeOpenAI() as server:
        given = settings(tmp_path, openai_base_url=server.base_url)
        server.reply = lambda _: iter(())
        found = await findings(given, online=True)
    assert [finding.code for finding in found.values() if finding.level == "wrong"] == ["model.empty"]


@pytest.mark.parametrize(
    ("status", "code"), [(401, "doctor.model_key"), (403, "doctor.model_key"), (500, "doctor.model_unreachable")]
)
async def test_a_server_that_does_not_take_the_key_is_told_from_one_that_is_ill(
    status: int, code: str, tmp_path: Path
) -> None:
    async with answering(status) as url:
        found = await findings(settings(tmp_path, openai_api_key=KEY, openai_base_url=url))
    assert found[code].level == "wrong"
    assert KEY not in found[code].text("en")


async def test_a_server_that_is_away_is_wrong(tmp_path: Path) -> None:
    async with answering(200) as url:
        pass
    found = await findings(settings(tmp_path, openai_base_url=url))
    assert found["doctor.model_unreachable"].level == "wrong"


async def test_the_services_of_a_running_process_are_told_one_by_one(tmp_path: Path) -> None:
    async with answering(503, '{"services": {"catalogue": "healthy", "vectors": "disk full"}}') as url:
        given = settings(tmp_path)
        with hold(tmp_path, url=url):
            found = [finding async for finding in examine(given, env_file=tmp_path / ".env")]
    services = {finding.details["name"]: finding.level for finding in found if "service" in finding.code}
    assert services == {"catalogue": "good", "vectors": "wrong"}


@pytest.mark.parametrize("body", ["<html>", "[]", "{}"])
async def test_a_running_process_that_talks_nonsense_is_wrong(body: str, tmp_path: Path) -> None:
    async with answering(200, body) as url:
        assert (await findings(settings(tmp_path), url=url))["desk.unreachable"].level == "wrong"


def test_the_data_directory_is_looked_at_before_it_exists(tmp_path: Path) -> None:
    assert look_at_disk(tmp_path / "new" / "data").code == "doctor.disk"
    assert not (tmp_path / "new").exists()


def test_a_data_directory_that_is_a_file_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert look_at_disk(tmp_path / "file").code == "doctor.not_writable"


@pytest.mark.parametrize(("free", "code"), [(10 * 1024**3, "doctor.disk"), (1024, "doctor.disk_full")])
def test_a_disk_that_is_nearly_full_is_wrong(
    free: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    assert look_at_disk(tmp_path).code == code


def test_a_taken_port_is_wrong(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = settings(tmp_path, api_port=listener.getsockname()[1])
        assert look_at_port(taken).level == "wrong"
    assert look_at_port(taken).level == "good"


async def test_a_data_directory_that_cannot_be_locked_ends_the_visit(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    found = [finding.code async for finding in examine(settings(tmp_path), env_file=tmp_path / ".env")]
    assert found == ["doctor.settings", "doctor.disk", "run.data_directory"]


async def test_stores_that_cannot_be_opened_are_told_by_their_own_sentence(tmp_path: Path) -> None:
    (tmp_path / "saseo.db").write_bytes(b"this is no database" * 100)
    found = [finding async for finding in examine(settings(tmp_path), env_file=tmp_path / ".env")]
    (wrong,) = [finding for finding in found if finding.level == "wrong" and finding.code != "doctor.port_taken"]
    assert "saseo.db" in wrong.text("en") or wrong.code.startswith("store.")
