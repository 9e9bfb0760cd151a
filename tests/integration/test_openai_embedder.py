"""Vectors from a real server that speaks OpenAI's language."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from core.backends.openai_embedder import BATCH_BYTES, BATCH_COUNT, VendorEmbedder
from core.errors import Refused, SaseoError, Unavailable
from tests.fakes import openai_faults as faults
from tests.fakes.openai import FakeOpenAI
from tests.fakes.openai_faults import Fault
from tests.fakes.patience import PATIENCE


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI(dimension=48) as running:
        yield running


@pytest.fixture
async def embedder(server: FakeOpenAI) -> AsyncIterator[VendorEmbedder]:
    one = make(server)
    yield one
    await one.close()


def make(server: FakeOpenAI, *, dimension: int = 32, timeout: float = 5.0) -> VendorEmbedder:
    return VendorEmbedder(
        api_key="key", base_url=server.base_url, model="fake", dimension=dimension, timeout=timeout, retries=1
    )


async def failure(embedder: VendorEmbedder) -> SaseoError:
    with pytest.raises(SaseoError) as caught:
        await embedder.passages(["one", "two"])
    assert embedder.statistics.last_error == caught.value.code
    return caught.value


async def test_every_text_gets_a_vector_of_length_one_in_order(server: FakeOpenAI, embedder: VendorEmbedder) -> None:
    vectors = await embedder.passages(["holiday rules", "printer", "휴가 규정"])
    assert vectors.shape == (3, 32)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    asked = await embedder.question("holiday")
    assert asked.shape == (32,)
    assert (vectors @ asked).argmax() == 0
    assert (embedder.identity, embedder.dimension) == ("openai:fake:32", 32)


async def test_texts_are_sent_as_strings_and_never_as_tokens(server: FakeOpenAI, embedder: VendorEmbedder) -> None:
    await embedder.passages(["a\ud800", "b"])
    body = server.requests[0].body
    assert body == {"model": "fake", "input": ["a?", "b"], "dimensions": 32, "encoding_format": "base64"}


async def test_nothing_to_embed_asks_nobody(server: FakeOpenAI, embedder: VendorEmbedder) -> None:
    assert (await embedder.passages([])).shape == (0, 32)
    assert not server.requests


async def test_plain_numbers_are_the_same_vectors_as_packed_ones(server: FakeOpenAI, embedder: VendorEmbedder) -> None:
    packed = await embedder.passages(["holiday"])
    server.knows_base64 = False
    assert np.array_equal(await embedder.passages(["holiday"]), packed)


async def test_a_server_that_refuses_packed_vectors_is_asked_for_plain_ones(
    server: FakeOpenAI, embedder: VendorEmbedder
) -> None:
    server.faults.append(faults.error(400, "encoding_format must be float", code="x"))
    await embedder.passages(["a"])
    await embedder.passages(["b"])
    assert [one.body["encoding_format"] for one in server.requests] == ["base64", "float", "float"]


async def test_a_server_that_refuses_dimensions_is_asked_without(server: FakeOpenAI) -> None:
    server.refuses = {"dimensions"}
    embedder = make(server, dimension=48)
    await embedder.passages(["a"])
    await embedder.passages(["b"])
    assert ["dimensions" in one.body for one in server.requests] == [True, False, False]
    await embedder.close()


async def test_vectors_of_another_length_are_unavailable_and_say_what_to_set(
    server: FakeOpenAI, embedder: VendorEmbedder
) -> None:
    server.knows_dimensions = False
    error = await failure(embedder)
    assert (type(error), error.code) == (Unavailable, "model.dimension")
    assert "EMBEDDING_DIMENSION=48" in error.text("en")
    assert "EMBEDDING_DIMENSION=48" in error.text("ko")


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("spoil", ["few", "nan", "zero", "text", "none", "ragged", "short"])
async def test_vectors_that_cannot_be_used_are_unavailable(
    server: FakeOpenAI, embedder: VendorEmbedder, spoil: str
) -> None:
    server.spoil = spoil
    error = await failure(embedder)
    assert (type(error), error.code) == (Unavailable, "model.dimension" if spoil == "short" else "model.vectors")


async def test_many_texts_go_in_batches_bounded_by_count_and_size(server: FakeOpenAI, embedder: VendorEmbedder) -> None:
    half = "가" * (BATCH_BYTES // 6)
    texts = [str(number) for number in range(BATCH_COUNT + 1)] + [half, half + "나", "x" * (BATCH_BYTES + 9), "end"]
    vectors = await embedder.passages(texts)
    assert len(vectors) == len(texts)
    sent = [one.body["input"] for one in server.requests]
    assert [len(batch) for batch in sent] == [BATCH_COUNT, 2, 1, 1, 1]
    assert [text for batch in sent for text in batch] == texts
    assert embedder.statistics.requests == embedder.statistics.estimated_requests == 5


@pytest.mark.parametrize("fault", [faults.rate_limited("0.01"), faults.server_error(500, "0.01"), faults.cut()])
async def test_a_failure_that_may_pass_is_tried_again(
    server: FakeOpenAI, embedder: VendorEmbedder, fault: Fault
) -> None:
    server.faults.append(fault)
    assert len(await embedder.passages(["a"])) == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (faults.wrong_key(), Refused, "model.key"),
        (faults.unknown_model(), Refused, "model.unknown"),
        (faults.too_long(), Refused, "model.too_long"),
    ],
)
async def test_what_the_operator_can_mend_is_refused(
    server: FakeOpenAI, embedder: VendorEmbedder, fault: Fault, kind: type[SaseoError], code: str
) -> None:
    server.faults.append(fault)
    error = await failure(embedder)
    assert (type(error), error.code, len(server.requests)) == (kind, code, 1)


async def test_a_silent_server_ends_in_unavailable_within_the_timeout(server: FakeOpenAI) -> None:
    embedder = make(server, timeout=0.3)
    await embedder.warm()
    server.faults.append(Fault(delay=9.0))
    assert (await failure(embedder)).code == "model.timeout"
    await asyncio.wait_for(server.requests[0].ended.wait(), PATIENCE)
    assert server.requests[0].outcome == "disconnected"
    await embedder.close()
