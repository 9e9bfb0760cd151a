"""The names of hosts cannot be resolved for a while: answers are quotes meanwhile, and nothing has to be restarted."""

import socket
from typing import Any

import pytest

from core.backends.openai import ChatModel
from core.breaker import Breaker
from core.errors import Unavailable
from core.guarded import GuardedModel
from tests.fakes.openai import FakeOpenAI
from tests.unit.chatting import question, stocked

HOST = "model.saseo.test"


async def test_while_the_name_of_the_model_is_unknown_the_documents_are_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    known: dict[str, str] = {}

    def lookup(host: Any, *arguments: Any, **more: Any) -> Any:
        if host == HOST and HOST not in known:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(known.get(host, host), *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    async with FakeOpenAI() as server:
        model = ChatModel(
            api_key="sk-test",
            base_url=f"http://{HOST}:{server.port}/v1",
            model="fake",
            temperature=0,
            max_tokens=100,
            timeout=20,
            retries=0,
        )
        breaker = Breaker("model", code="outage.model", pause=0)
        core = await stocked()
        chat = core.chat_with(GuardedModel(model, breaker))
        outcomes = [(await chat.ask(question(name=str(number)))).outcome for number in range(6)]
        assert outcomes == ["quoted"] * 6
        with pytest.raises(Unavailable, match="left alone"):
            await breaker.check()
        assert not server.requests
        known[HOST] = "127.0.0.1"
        assert (await chat.ask(question(name="later"))).outcome == "answered"
        await breaker.check()
        await model.close()
