"""A chat model behind any server that speaks OpenAI's language."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from core.backends.model_statistics import ModelStatistics
from core.backends.openai_connection import Connection, attempt, guarded, printable
from core.backends.openai_parameters import NONE, chat_parameters, newly_refused
from core.errors import SaseoError, Unavailable
from core.ports import Message
from core.pricing import estimate_tokens
from core.types import Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk
    from langchain_openai import ChatOpenAI

CHARACTERS_PER_TOKEN = 64
"""No reply has more; what is longer comes from a server that knows no end."""

Prompt = list[tuple[str, str]]


class Reply:
    """One streamed reply: its text piece by piece, and then what it took."""

    def __init__(self, chunks: "AsyncGenerator[AIMessageChunk, None]", *, timeout: float, deadline: float) -> None:
        self._chunks = chunks
        self._timeout = timeout
        self._deadline = deadline
        self.usage: Usage | None = None
        self.finished = False
        self.written: list[str] = []
        self.length = 0

    async def next(self) -> str | None:
        """The next text that is not empty; None at the end. Raises TimeoutError after `timeout` silent seconds."""
        loop = asyncio.get_running_loop()
        while True:
            async with asyncio.timeout_at(self._deadline):
                chunk = await anext(self._chunks, None)
            self._deadline = loop.time() + self._timeout
            if chunk is None:
                return None
            if taken := chunk.usage_metadata:
                self.usage = Usage(taken["input_tokens"], taken["output_tokens"])
            # Chat completions end with a reason, responses with a status; a stream without one was cut short.
            self.finished |= bool(chunk.response_metadata.keys() & {"finish_reason", "status"})
            if text := str(chunk.text):
                return text

    async def aclose(self) -> None:
        """Ends the HTTP stream, if it has not ended."""
        await self._chunks.aclose()


class ChatModel:
    """Streams replies of one model. `timeout` is in seconds: to the first sign of a reply, and between two."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str | None,
        model: str,
        temperature: float,
        max_tokens: int,
        timeout: float,
        retries: int,
    ) -> None:
        self.statistics = ModelStatistics()
        self._base_url = base_url
        self._model = model
        self._temperature = temperature
        self._max_tokens = max_tokens
        self._timeout = timeout
        self._retries = retries
        self._refused = NONE
        self._connection = Connection(self._build, api_key=api_key, base_url=base_url, timeout=timeout)

    @property
    def name(self) -> str:
        """The model's own name, e.g. gpt-4.1-mini."""
        return self._model

    async def warm(self) -> None:
        """Imports and builds the vendor's client (3 to 4 s) in a thread, so that no question waits for it."""
        await self._connection.client()

    async def close(self) -> None:
        """Closes every connection. The model can be asked again and then connects anew."""
        await self._connection.close()

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """Text as it is written, then once the usage (estimated where the server tells none).

        Raises Refused or Unavailable. Before the first text a failure is retried; after it, it is final.
        """
        prompt = [(message.role, printable(message.text)) for message in messages]
        self.statistics.asked()
        try:
            reply, text = await self._begin(prompt)
            async with aclosing(reply):
                try:
                    while text is not None:
                        yield self._within_bounds(reply, text)
                        text = await guarded(reply.next(), model=self._model)
                finally:
                    usage = self._bill(reply, prompt)
            if not (reply.written and reply.finished):
                raise Unavailable("model.malformed" if reply.written else "model.empty")
        except SaseoError as error:
            self.statistics.failed(error.code)
            raise
        yield usage

    def _within_bounds(self, reply: Reply, text: str) -> str:
        reply.written.append(text)
        reply.length += len(text)
        if reply.length > self._max_tokens * CHARACTERS_PER_TOKEN:
            raise Unavailable("model.malformed")
        return text

    def _bill(self, reply: Reply, prompt: Prompt) -> Usage:
        """Counts what the reply took, also where it was broken off."""
        if reply.usage is not None:
            self.statistics.billed(reply.usage)
            return reply.usage
        usage = Usage(estimate_tokens(*(text for _, text in prompt)), estimate_tokens(*reply.written))
        self.statistics.estimated(usage)
        return usage

    def _build(self, settings: dict[str, Any]) -> "ChatOpenAI":
        from langchain_openai import ChatOpenAI

        client = ChatOpenAI(
            model=self._model,
            stream_chunk_timeout=None,  # Reply bounds the silence, without a task for each chunk
            http_socket_options=(),  # they are for the client that it would build, and warn of a proxy it would miss
            use_responses_api=False if self._base_url else None,  # compatible servers know chat completions alone
            **settings,
        )
        if client.use_responses_api:
            self._refused |= {"stream_options"}  # that API tells the usage unasked
        return client

    async def _begin(self, prompt: Prompt) -> tuple[Reply, str | None]:
        """A reply and its first text; None where the server has nothing to say."""
        client = await self._connection.client()
        deadline = asyncio.get_running_loop().time() + self._timeout
        return await attempt(
            lambda: self._open(client, prompt, deadline=deadline),
            model=self._model,
            retries=self._retries,
            deadline=deadline,
        )

    async def _open(self, client: "ChatOpenAI", prompt: Prompt, *, deadline: float) -> tuple[Reply, str | None]:
        refused = self._refused
        while True:
            sent = chat_parameters(
                refused,
                temperature=self._temperature,
                max_tokens=self._max_tokens,
                compatible=self._base_url is not None,
            )
            chunks = cast("AsyncGenerator[AIMessageChunk, None]", client.astream(prompt, **arguments(sent)))
            reply = Reply(chunks, timeout=self._timeout, deadline=deadline)
            try:
                text = await reply.next()
            except Exception as error:
                name = newly_refused(error, sent, refused)
                if name is None:
                    raise
                refused |= {name}
            else:
                self._refused |= refused
                return reply, text


def arguments(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as ChatOpenAI takes them: it would send `max_tokens` by its newer name."""
    taken = dict(parameters)
    if "max_tokens" in taken:
        taken["extra_body"] = {"max_tokens": taken.pop("max_tokens")}
    return taken
