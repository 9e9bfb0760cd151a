"""The embedded models as they are: languages meet, vectors keep their shape, and failures are Unavailable."""

import asyncio
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.backends.embedded import EmbeddedEmbedder, bilingual, graph, minilm, passages, use
from core.errors import Unavailable
from core.ports import Vector, Vectors

LEAVE, TRAVEL = "Employees get 25 days of annual leave every year.", "Trains are booked by the office."
LEAVE_KO, TRAVEL_KO = "직원은 매년 25일의 연차 휴가를 받습니다.", "기차표는 사무실에서 예약합니다."


@pytest.fixture(scope="module")
def embedder() -> Iterator[EmbeddedEmbedder]:
    made = EmbeddedEmbedder()
    yield made
    asyncio.run(made.close())


@pytest.fixture
def processes() -> Callable[[], list[psutil.Process]]:
    """Those that were started by this test and are there."""
    before = psutil.Process().children()
    return lambda: [one for one in psutil.Process().children() if one not in before]


class _Failing:
    def encode(self, texts: Sequence[str], threads: int) -> Vectors:
        raise LookupError("a bug")


class _Telling:
    """Says in how many threads it should embed."""

    def encode(self, texts: Sequence[str], threads: int) -> Vectors:
        return np.full((len(texts), passages.DIMENSION), threads, dtype=np.float32)


async def nearest(embedder: EmbeddedEmbedder, question: str, *texts: str) -> str:
    rows, asked = await asyncio.gather(embedder.passages(texts), embedder.question(question))
    return texts[int(np.argmax(rows @ asked))]


@pytest.mark.parametrize("question", ["How much vacation do I have?", "휴가를 며칠 쓸 수 있나요?"])
@pytest.mark.parametrize(("leave", "travel"), [(LEAVE, TRAVEL), (LEAVE_KO, TRAVEL_KO)])
async def test_a_question_is_nearest_to_its_answer_in_either_language(
    embedder: EmbeddedEmbedder, question: str, leave: str, travel: str
) -> None:
    assert await nearest(embedder, question, travel, leave) == leave


async def test_passages_have_length_one_and_their_own_shape(embedder: EmbeddedEmbedder) -> None:
    rows = await embedder.passages([LEAVE, LEAVE_KO, "", "12 %", "Отпуск", "a\udc00", "\x00"])
    assert rows.shape == (7, embedder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(7), abs=1e-5)
    assert (await embedder.passages([])).shape == (0, embedder.dimension)


async def test_only_english_is_seen_by_the_english_model(embedder: EmbeddedEmbedder) -> None:
    rows = await embedder.passages([LEAVE, LEAVE_KO])
    assert np.any(rows[0, use.DIMENSION :])
    assert not np.any(rows[1, use.DIMENSION :])
    assert not np.any((await embedder.question("휴가를 며칠 쓸 수 있나요?"))[use.DIMENSION :])


async def test_an_english_question_weighs_both_models(embedder: EmbeddedEmbedder) -> None:
    asked = await embedder.question("employees annual leave")
    (row,) = await embedder.passages(["employees annual leave"])
    assert row[use.DIMENSION :] @ asked[use.DIMENSION :] == pytest.approx(1 - bilingual.MULTILINGUAL_SHARE, abs=0.01)


async def test_a_vector_does_not_depend_on_what_stands_beside_it(embedder: EmbeddedEmbedder) -> None:
    texts = [LEAVE, TRAVEL * 20, LEAVE_KO, TRAVEL_KO]
    together = await embedder.passages(texts * 10)
    alone = np.concatenate([await embedder.passages([text]) for text in texts])
    assert np.abs(together[:4] - alone).max() < 1e-4
    assert np.abs(together[:4] - together[-4:]).max() < 1e-4


async def test_decomposed_text_has_the_vector_of_composed_text(embedder: EmbeddedEmbedder) -> None:
    first, second = await embedder.passages([LEAVE_KO, unicodedata.normalize("NFD", LEAVE_KO)])
    assert first == pytest.approx(second, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "?" * 100_000, "가" * 100_000, "a\udc00", "Wo ist das?", "どこ?"])
async def test_any_question_has_a_vector(embedder: EmbeddedEmbedder, text: str) -> None:
    vector: Vector = await embedder.question(text)
    assert vector.shape == (embedder.dimension,)
    assert np.all(np.isfinite(vector))


async def test_sentences_of_both_languages_can_be_compared(embedder: EmbeddedEmbedder) -> None:
    leave, leave_ko, travel = await embedder.embed([LEAVE, LEAVE_KO, TRAVEL])
    assert leave @ leave_ko > leave @ travel
    assert (await embedder.embed([])).shape == (0, use.DIMENSION)


async def test_words_of_both_languages_can_be_compared(embedder: EmbeddedEmbedder) -> None:
    alike = await embedder.alike(["서버", "휴가"], ["the server is down", "차량을 빌립니다"])
    assert alike.shape == (2, 2)
    assert alike[0, 0] > 0.7
    assert (await embedder.alike(["vehicle"], ["차량을 빌립니다"])).item() > 0.5
    assert alike[1].max() < 0.4


async def test_a_question_does_not_wait_behind_passages(embedder: EmbeddedEmbedder) -> None:
    await embedder.warm()
    bulk = asyncio.create_task(embedder.passages([f"{number} {LEAVE}" for number in range(400)]))
    await embedder.question("How much vacation do I have?")
    assert not bulk.done()
    await bulk


async def test_many_passages_are_embedded_in_a_process_of_their_own_and_here_when_it_dies(
    processes: Callable[[], list[psutil.Process]],
) -> None:
    embedder = EmbeddedEmbedder()
    few = [f"{number} {LEAVE}" for number in range(3)]
    here = await embedder.passages(few)
    assert not processes()
    many = await embedder.passages([*few, *(f"{number} {TRAVEL}" for number in range(40))])
    assert len(processes()) == 1
    assert np.abs(many[:3] - here).max() < 1e-4
    processes()[0].kill()
    again = await embedder.passages([*few, *(f"{number} {TRAVEL}" for number in range(40))])
    assert np.abs(again[:3] - here).max() < 1e-4
    await embedder.close()
    assert not processes()


async def test_models_that_fail_in_their_process_are_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passages, "PassageProcess", _Failing)
    embedder = EmbeddedEmbedder()
    with pytest.raises(Unavailable) as failure:
        await embedder.passages([f"{number} {LEAVE}" for number in range(40)])
    assert failure.value.code == "embedded.failed"
    await embedder.close()


async def test_while_people_ask_a_processor_stays_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passages, "PassageProcess", _Telling)
    monkeypatch.setattr(passages, "THREADS", 8)
    monkeypatch.setattr(bilingual, "_LATELY", 600.0)
    embedder = EmbeddedEmbedder()
    many = [LEAVE] * 40
    assert np.all(await embedder.passages(many) == 8)
    await embedder.question("How much vacation do I have?")
    assert np.all(await embedder.passages(many) == passages.BESIDE_QUESTIONS)
    await embedder.close()


async def test_threads_embed_what_one_would(embedder: EmbeddedEmbedder) -> None:
    texts = [f"{number} {text}" for number in range(5) for text in (LEAVE, TRAVEL_KO)]
    # In a thread that ends: it steps back for good.
    with ThreadPoolExecutor(1) as thread:
        rows = thread.submit(lambda: passages.PassageProcess().encode(texts, 2)).result()
    assert np.abs(rows - await embedder.passages(texts)).max() < 1e-4


def test_the_identity_names_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = EmbeddedEmbedder().identity
    assert before == EmbeddedEmbedder().identity
    other = tmp_path / "weights"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(use, "weights", lambda: (other,))
    changed = EmbeddedEmbedder().identity
    assert len({before, changed}) == 2
    monkeypatch.setattr(bilingual, "REVISION", 99)
    assert EmbeddedEmbedder().identity != changed


@pytest.mark.parametrize("content", [b"", b"not a model", None])
async def test_weights_that_cannot_be_read_make_the_model_unavailable(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    _, vocabulary = minilm.weights()
    monkeypatch.setattr(minilm, "weights", lambda: (path, vocabulary))
    embedder = EmbeddedEmbedder()
    with pytest.raises(Unavailable) as failure:
        await embedder.passages([LEAVE])
    assert failure.value.code == "embedded.failed"
    with pytest.raises(Unavailable):
        await embedder.question("How much vacation do I have?")
    assert (await embedder.passages([LEAVE_KO])).shape == (1, embedder.dimension)
    await embedder.close()


async def test_a_closed_embedder_is_unavailable() -> None:
    embedder = EmbeddedEmbedder()
    await embedder.close()
    with pytest.raises(Unavailable):
        await embedder.question("?")


async def test_passages_that_are_being_embedded_do_not_keep_it_from_closing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    embedder = EmbeddedEmbedder()
    await embedder.passages([f"{LEAVE} {number}" for number in range(40)])
    embedding = asyncio.create_task(embedder.passages([f"{LEAVE * 40} {number}" for number in range(400)]))
    await asyncio.sleep(0)
    await embedder.close()
    with pytest.raises(Unavailable):
        await embedding
    assert not caplog.records


def test_the_graph_in_integers_says_what_the_graph_in_floats_says() -> None:
    import onnxruntime
    from tokenizers import Tokenizer

    model, vocabulary = minilm.weights()
    tokens = np.array([Tokenizer.from_file(str(vocabulary)).encode(LEAVE).ids], dtype=np.int64)
    tokens = tokens[tokens != 0][None, :]
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    given = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
    mean = session.run(None, given)[0][0].mean(axis=0)
    (row,) = minilm.MiniLM().encode([LEAVE])
    assert row @ mean / np.linalg.norm(mean) > 0.98


def test_a_graph_that_is_another_one_is_refused() -> None:
    model, _ = minilm.weights()
    with pytest.raises(ValueError, match="8-bit"):
        graph.in_integers(graph.in_integers(model.read_bytes()))
