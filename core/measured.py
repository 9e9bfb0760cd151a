"""Measures questions and what Saseo asks of a model, a reader, the web and the catalogue, changing none of it."""

from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from contextlib import aclosing, contextmanager
from time import perf_counter

from core.catalogues import WrappedCatalogue
from core.errors import Refused, Unavailable
from core.library import Added, Library
from core.measuring import STAGE_SECONDS, Counter, Recorder, measured
from core.metrics import (
    DOCUMENTS_FORGOTTEN,
    DOCUMENTS_INDEXED,
    FILES_READ,
    LINKS_FETCHED,
    LINKS_REFRESHED,
    QUESTION_SECONDS,
    QUESTIONS,
)
from core.ports import Catalogue, Fetched, Fetcher, Message, Model, Reader
from core.roots import Roots
from core.types import Answer, Document, Passage, Question, Reading, Usage


@contextmanager
def asking(recorder: Recorder, question: Question) -> Iterator[Callable[[Answer], None]]:
    """Counts a question by how it ended. What is yielded takes its answer."""
    platform, outcome, started = question.session.platform, "abandoned", perf_counter()

    def told(answer: Answer) -> None:
        nonlocal outcome
        outcome = answer.outcome
        recorder.observe(QUESTION_SECONDS, perf_counter() - started, platform=platform)

    try:
        with recorder.span("question", platform=platform):
            yield told
    except Exception as error:
        outcome = _unanswered(error)
        raise
    finally:
        recorder.add(QUESTIONS, platform=platform, outcome=outcome)


def _unanswered(error: Exception) -> str:
    if isinstance(error, Refused):
        return "duplicate" if error.code == "chat.duplicate" else "refused"
    return "busy" if isinstance(error, Unavailable) else "failed"


@contextmanager
def _counted(recorder: Recorder, counter: Counter, *, stage: str) -> Iterator[Callable[[str], None]]:
    """Counts a stage by its outcome. What is yielded takes the word for a good one."""
    outcome = "abandoned"

    def ended(word: str) -> None:
        nonlocal outcome
        outcome = word

    try:
        with measured(recorder, stage):
            yield ended
    except Exception as error:
        outcome = "refused" if isinstance(error, Refused) else "failed"
        raise
    finally:
        recorder.add(counter, outcome=outcome)


class MeasuredModel:
    """A model whose first text and whole reply are stages."""

    def __init__(self, model: Model, recorder: Recorder) -> None:
        self._model = model
        self._recorder = recorder

    @property
    def name(self) -> str:
        """The model's own name."""
        return self._model.name

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        """What the model streams."""
        started, silent = perf_counter(), True
        with measured(self._recorder, "model"):
            async with aclosing(self._model.stream(messages)) as parts:
                async for part in parts:
                    if silent:
                        silent = False
                        self._recorder.observe(STAGE_SECONDS, perf_counter() - started, stage="first_token")
                    yield part


class MeasuredReader:
    """A reader whose files are counted."""

    def __init__(self, reader: Reader, recorder: Recorder) -> None:
        self._reader = reader
        self._recorder = recorder

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        """What the reader reads."""
        with _counted(self._recorder, FILES_READ, stage="read") as ended:
            reading = await self._reader.read(data, name=name, media_type=media_type)
            ended("read")
        return reading


class MeasuredFetcher:
    """A fetcher whose links are counted."""

    def __init__(self, fetcher: Fetcher, recorder: Recorder) -> None:
        self._fetcher = fetcher
        self._recorder = recorder

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        """What the fetcher fetches."""
        with _counted(self._recorder, LINKS_FETCHED, stage="fetch") as ended:
            page = await self._fetcher.fetch(url, etag=etag, modified=modified)
            ended("unchanged" if page.data is None else "fetched")
        return page


class MeasuredCatalogue(WrappedCatalogue):
    """A catalogue whose documents are counted as they come and go."""

    def __init__(self, catalogue: Catalogue, recorder: Recorder) -> None:
        super().__init__(catalogue)
        self._recorder = recorder

    async def save(
        self, document: Document, passages: Sequence[Passage] | None = None, *, instead_of: str | None = None
    ) -> None:
        """Writes the row, and counts it where it has passages."""
        await super().save(document, passages, instead_of=instead_of)
        if passages is not None:
            self._recorder.add(DOCUMENTS_INDEXED)

    async def forget(self, document_ids: Collection[str]) -> Sequence[Document]:
        """Deletes documents, and counts those that there were."""
        forgotten = await super().forget(document_ids)
        self._recorder.add(DOCUMENTS_FORGOTTEN, len(forgotten))
        return forgotten


class MeasuredRefresher:
    """The library as the scheduler uses it, with every check counted."""

    def __init__(self, library: Library | Roots, recorder: Recorder) -> None:
        self._library = library
        self._recorder = recorder

    async def refresh(self, document: Document) -> Added:
        """Checks a link again."""
        with _counted(self._recorder, LINKS_REFRESHED, stage="refresh") as ended:
            added = await self._library.refresh(document)
            changed = "changed" if added.changed else "unchanged"
            ended(changed if added.document.error is None else "failed")
        return added
