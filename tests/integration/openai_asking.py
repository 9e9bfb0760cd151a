"""Asks a chat model of the fake server, for the tests of both its good and its bad days."""

import pytest

from core.backends.openai import ChatModel
from core.errors import SaseoError
from core.ports import Message, Model
from core.types import Usage
from tests.fakes.openai import FakeOpenAI

PASSAGE = '<passage number="1" title="Handbook">\nYou get 25 days off. Ask Kim first.\n</passage>'
PROMPT = (Message("system", "Cite."), Message("human", f"{PASSAGE}\n\nQuestion: How many days off?"))
CITED = "You get 25 days off. [1]"
KEY = "sk-secret"


def make(server: FakeOpenAI, *, base_url: str | None = None, timeout: float = 5.0, retries: int = 2) -> ChatModel:
    return ChatModel(
        api_key=KEY,
        base_url=base_url or server.base_url,
        model="fake",
        temperature=0.3,
        max_tokens=100,
        timeout=timeout,
        retries=retries,
    )


async def ask(model: Model, prompt: tuple[Message, ...] = PROMPT) -> tuple[str, Usage]:
    """The whole text and the usage, which must come once and last."""
    pieces = [piece async for piece in model.stream(prompt)]
    usage = pieces.pop()
    assert isinstance(usage, Usage)
    return "".join(str(piece) for piece in pieces), usage


async def failure(model: ChatModel) -> SaseoError:
    """The error that a question ends in, which the statistics must know too."""
    with pytest.raises(SaseoError) as caught:
        await ask(model)
    assert model.statistics.last_error == caught.value.code
    return caught.value
