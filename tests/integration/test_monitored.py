"""A whole process is watched: through the API, through a port of its own, and with traces of its answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from adapters.http.stats_schemas import Stats
from adapters.http.watched import create_watched_app
from bot.roles import build
from bot.settings import Settings, load_settings
from bot.wiring import open_saseo
from core.errors import Refused, Unavailable
from core.types import PUBLIC, Audience, Question, Session
from deploy.health import look
from tests.fakes.openai import FakeOpenAI
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.integration.http_asking import client_of
from tests.integration.test_traces import Receiver, receiver
from tests.ports import free_port

__all__ = ["receiver"]
LEAVE = "Full-time employees get 25 days of annual leave a year."
ASKED = "How many days of annual leave do full-time employees get?"


def settings_of(folder: Path, **more: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **more)  # type: ignore[call-arg,arg-type]


async def test_an_answer_of_the_whole_program_is_in_its_figures_and_in_its_traces(
    tmp_path: Path, receiver: tuple[Receiver, str]
) -> None:
    kept, endpoint = receiver
    async with FakeOpenAI() as server:
        settings = settings_of(
            tmp_path,
            openai_base_url=server.base_url,
            model_input_price=0.4,
            model_output_price=1.6,
            otel_exporter_otlp_endpoint=endpoint,
        )
        async with open_saseo(settings) as saseo:
            await saseo.library.add_text(LEAVE, title="Handbook")
            question = Question("1", Session("cli", "local", "1"), ASKED, Audience.of(PUBLIC))
            assert (await saseo.chat.ask(question)).outcome == "answered"
            text = (await saseo.exposition()).decode()
            app = create_watched_app(saseo, token=None)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                assert (await client.get("/metrics")).text.count("saseo_questions_total{") == 1
                assert (await client.get("/health")).json()["status"] == "healthy"
            figures = await saseo.figures()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['saseo_questions_total{outcome="answered",platform="cli"}'] == "1.0"
    assert lines['saseo_service_up{service="catalogue"}'] == "1.0"
    assert float(lines[f'saseo_model_tokens_total{{kind="prompt",model="{settings.model_name}"}}']) > 0
    assert float(lines[f'saseo_model_cost_dollars_total{{model="{settings.model_name}"}}']) > 0
    assert float(lines["saseo_documents_indexed_total"]) >= 1
    counts = {"total": 0, "failed": 0, "success_rate": 1.0}
    times = {"mean": 0, "p50": 0, "p95": 0, "p99": 0}
    told = Stats.model_validate(
        {"uptime_seconds": 0, "requests": counts, "response_time": times, "questions": {}, **figures}
    )
    assert told.system is not None
    assert told.system.memory_bytes > 0
    assert told.answer_time["cli"].mean > 0
    spans = kept.received()
    assert {"question", "retrieve", "evidence", "model", "citations"} <= spans.keys()
    assert spans["model"].parent_span_id == spans["question"].span_id
    assert spans["search_words"].trace_id == spans["question"].trace_id


async def up(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(httpx.TransportError):
                await client.get("/health")
                return
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def watched(core: Core, **more: object) -> AsyncIterator[httpx.AsyncClient]:
    """A process that plays no role but tells how it is."""
    settings = settings_of(Path(), metrics_port=free_port(), **more)
    (role,) = build(core.saseo, settings, ())
    assert role.name == "metrics"
    running = asyncio.create_task(role.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.metrics_port}") as client:
        await up(client)
        yield client
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_process_without_the_api_is_watched_on_a_port_of_its_own() -> None:
    async def broken() -> None:
        raise Unavailable("model.busy")

    async with watched(Core(checks={"vectors": broken})) as client:
        health = await client.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
        metrics = await client.get("/metrics")
        assert metrics.headers["content-type"].startswith("text/plain; version=")
        for path in ("/", "/api/v1/documents", "/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 404


async def test_the_health_check_of_the_image_finds_a_process_without_the_api() -> None:
    async def broken() -> None:
        raise Unavailable("model.busy")

    async with watched(Core(), api_token="t0ken-t0ken") as client:
        assert await asyncio.to_thread(look, client.base_url.port or 0) is None
    async with watched(Core(checks={"vectors": broken})) as client:
        assert "vectors: " in str(await asyncio.to_thread(look, client.base_url.port or 0))
        assert await asyncio.to_thread(partial(look, client.base_url.port or 0, alive=True)) is None
    assert "no answer" in str(await asyncio.to_thread(partial(look, free_port(), alive=True)))


async def test_the_figures_ask_for_the_token_and_the_health_does_not() -> None:
    async with watched(Core(), api_token="t0ken-t0ken") as client:
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/metrics", headers={"Authorization": "Bearer t0ken-t0ken"})).status_code == 200
        assert (await client.get("/health")).status_code == 200


async def test_a_port_that_is_taken_is_refused_by_the_name_of_its_setting() -> None:
    async with watched(Core()) as client:
        (role,) = build(Core().saseo, settings_of(Path(), metrics_port=client.base_url.port), ())
        with pytest.raises(Refused, match="METRICS_PORT"):
            await role.run()


def test_without_a_port_there_is_nothing_beside_the_roles() -> None:
    assert build(Core().saseo, settings_of(Path()), ()) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"METRICS_PORT": "9101", "METRICS_HOST": "0.0.0.0"}, "monitoring.open_without_token"),
        ({"MODEL_INPUT_PRICE": "0.4"}, "monitoring.half_a_price"),
        ({"METRICS_PORT": "0"}, "settings.too_small"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4317"}, "settings.url"),
    ],
)
def test_a_wrong_setting_is_refused(given: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Refused) as refusal:
        load_settings(None)
    assert refusal.value.code == code


def test_a_port_for_others_is_opened_with_a_token_and_closed_ones_need_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METRICS_HOST", "0.0.0.0")
    assert load_settings(None).metrics_port is None
    monkeypatch.setenv("METRICS_PORT", "9101")
    monkeypatch.setenv("API_TOKEN", "t0ken-t0ken")
    assert load_settings(None).metrics_host == "0.0.0.0"


async def test_the_statistics_of_the_api_have_their_shape() -> None:
    async with client_of(Core()) as client:
        body = (await client.get("/api/v1/stats")).json()
        assert Stats.model_validate(body).requests.total == 0
        described = (await client.get("/openapi.json")).json()["paths"]["/api/v1/stats"]["get"]["responses"]["200"]
        assert described["content"]["application/json"]["schema"]["$ref"].endswith("/Stats")
