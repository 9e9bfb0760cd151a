"""The whole core as the program puts it together, on disk, with the embedded models."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import guide
from bot.settings import Settings
from bot.wiring import open_saseo
from core.errors import Refused
from core.ports import DocumentFilter
from core.saseo import Saseo
from core.types import PUBLIC, Answer, Audience, Question, Session
from tests.fakes.openai import FakeOpenAI

LEAVE = "Full-time employees get 25 days of annual leave a year."
ASKED = "How many days of annual leave do full-time employees get?"
Make = Callable[..., Settings]


@pytest.fixture
def settings_of(tmp_path: Path) -> Make:
    def make(**more: object) -> Settings:
        return Settings(_env_file=None, data_dir=tmp_path / "data", **more)  # type: ignore[call-arg,arg-type]

    return make


@asynccontextmanager
async def opened(settings: Settings, *, fresh_indexes: bool = False) -> AsyncIterator[Saseo]:
    settings.data_dir.mkdir(exist_ok=True)
    async with open_saseo(settings, fresh_indexes=fresh_indexes) as saseo:
        yield saseo


async def ask(saseo: Saseo, text: str = ASKED, name: str = "1") -> Answer:
    return await saseo.chat.ask(Question(name, Session("test", "", name), text, Audience.of(PUBLIC)))


async def learned(saseo: Saseo) -> None:
    """Returns once the guide is in the library, which a question about nothing waits for."""
    await ask(saseo, "Who was the third king of ancient Nubia?", name="learned")


async def test_an_empty_library_answers_from_its_own_guide(settings_of: Make) -> None:
    async with opened(settings_of()) as saseo:
        answer = await ask(saseo, "Which setting holds the key of OpenAI?")
        assert answer.outcome == "quoted"
        assert answer.sources
        for check in saseo.checks.values():
            await check()
        figures = await saseo.figures()
        assert figures["index"]["vectors"] == figures["index"]["lexical"] > 0
        assert figures["model"] is None


async def test_what_was_taken_in_is_there_after_a_restart(settings_of: Make) -> None:
    async with opened(settings_of()) as saseo:
        await saseo.library.add(LEAVE.encode(), name="handbook.txt", origin="upload:handbook.txt")
    async with opened(settings_of()) as saseo:
        answer = await ask(saseo)
        assert "25 days" in answer.text
        assert answer.sources[0].title == "handbook.txt"


async def test_a_question_is_answered_from_a_document_in_the_other_language(settings_of: Make) -> None:
    async with opened(settings_of()) as saseo:
        await saseo.library.add_text(LEAVE, title="Handbook")
        await saseo.library.add_text("부산 사무실은 아침 아홉 시에 문을 엽니다.", title="사무실")
        answer = await ask(saseo, "정규직 직원의 연차 휴가는 며칠인가요?")
        assert "25 days" in answer.text
        assert answer.sources[0].title == "Handbook"


async def test_a_collection_of_another_embedder_is_refused_until_it_is_indexed_again(settings_of: Make) -> None:
    async with opened(settings_of()) as saseo:
        await saseo.library.add_text(LEAVE, title="Handbook")
        await learned(saseo)
    async with FakeOpenAI() as server:
        other = settings_of(openai_base_url=server.base_url, embedding_model="another", embedding_dimension=64)
        with pytest.raises(Refused) as refusal:
            async with opened(other):
                pass
        assert "--reindex" in refusal.value.text()
        async with opened(other, fresh_indexes=True) as saseo:
            assert "Handbook" in [document.title async for document in saseo.library.reindex()]
        async with opened(other) as saseo:
            assert (await ask(saseo)).outcome == "answered"
            figures = await saseo.figures()
            assert figures["model"]["requests"] == 1
            assert figures["embedder"]["requests"] > 0


async def test_another_vector_store_is_filled_from_the_documents_first(settings_of: Make) -> None:
    async with opened(settings_of()) as saseo:
        await saseo.library.add_text(LEAVE, title="Handbook")
    other = settings_of(vectorstore_type="faiss")
    with pytest.raises(Refused) as refusal:
        async with opened(other):
            pass
    assert "--reindex" in refusal.value.text()
    async with opened(other, fresh_indexes=True) as saseo:
        assert "Handbook" in [document.title async for document in saseo.library.reindex()]
    async with opened(other) as saseo:
        assert "25 days" in (await ask(saseo)).text
    async with opened(settings_of()) as saseo:
        assert (await saseo.figures())["index"]["vectors"] > 0


async def test_a_lost_lexical_index_is_built_anew(settings_of: Make, tmp_path: Path) -> None:
    async with opened(settings_of()) as saseo:
        await saseo.library.add_text(LEAVE, title="Handbook")
    shutil.rmtree(tmp_path / "data" / "lexical")
    async with opened(settings_of()) as saseo:
        assert "25 days" in (await ask(saseo)).text


async def test_a_model_that_is_down_is_replaced_by_a_quote(settings_of: Make) -> None:
    async with FakeOpenAI() as server:
        address = server.base_url
    async with opened(settings_of(openai_base_url=address, max_retries=0, request_timeout=5)) as saseo:
        await saseo.library.add_text(LEAVE, title="Handbook")
        answer = await ask(saseo)
    assert answer.outcome == "quoted"
    assert "25 days" in answer.text


async def test_a_page_that_left_the_guide_is_forgotten(settings_of: Make, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "one.md").write_text("# One\n\nThe first page of the guide.")
    (pages / "two.md").write_text("# Two\n\nThe second page of the guide.")
    async with opened(settings_of()) as saseo:
        await learned(saseo)
        assert await guide.learn(saseo.library, saseo.catalogue, pages) == 2
        (pages / "two.md").unlink()
        assert await guide.learn(saseo.library, saseo.catalogue, pages) == 1
        known = (await saseo.catalogue.page(DocumentFilter(origin_prefix=guide.ORIGIN))).documents
        assert [document.title for document in known] == ["One"]
