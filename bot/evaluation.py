"""Evaluates the whole bot on a folder of documents and questions with known answers."""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.measures import DEPTH, Expected, Hit, averages, measure, percentile
from bot.settings import Settings
from core.errors import Refused, SaseoError
from core.types import PUBLIC, Audience, Question, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from core.saseo import Saseo

Search = Callable[[str, int], Awaitable[Sequence[Hit]]]
"""From a question and a number to that many results, best first."""
Report = dict[str, str | int | float]
Step = Callable[[str, int, int], None]
"""Told the stage, how much is done and how much there is."""
AT_ONCE = 8
"""Documents on their way side by side."""
FILES = ("corpus.jsonl", "queries.jsonl", "qrels.jsonl")


@dataclass(frozen=True, slots=True)
class Text:
    """A document of the set."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """A question of the set and what it should find."""

    id: str
    text: str
    language: str
    expected: Expected


@dataclass(frozen=True, slots=True)
class Dataset:
    """Documents and questions that belong together."""

    name: str
    corpus: tuple[Text, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which part of a set is used; None: all of it."""

    corpus_language: str | None = None
    query_language: str | None = None
    limit: int | None = None
    seed: int = 13


def load_dataset(folder: Path, choice: Choice = Choice()) -> Dataset:
    """The set in this folder. Raises Refused, naming the file and the line that is wrong."""
    for name in FILES:
        if not (folder / name).is_file():
            raise Refused("evaluation.missing", name=str(folder / name))
    corpus = tuple(
        Text(str(row["id"]), str(row.get("title") or ""), str(row["text"]))
        for row in _rows(folder / "corpus.jsonl", "id", "text")
        if choice.corpus_language in (None, row.get("lang"))
    )
    gains = _gains(folder / "qrels.jsonl", {text.id for text in corpus})
    cases = [
        _case(row, gains[str(row["id"])])
        for row in _rows(folder / "queries.jsonl", "id", "text")
        if str(row["id"]) in gains and choice.query_language in (None, row.get("lang"))
    ]
    if choice.limit is not None and choice.limit < len(cases):
        cases = random.Random(choice.seed).sample(cases, choice.limit)  # noqa: S311 - a repeatable sample
    if not corpus or not cases:
        raise Refused("evaluation.nothing", name=str(folder))
    return Dataset(folder.name, corpus, tuple(cases))


async def evaluate(data: Dataset, search: Search, *, step: Step | None = None) -> Report:
    """Asks every question, one after the other, and measures what was found. A search that fails found nothing."""
    rows: list[dict[str, float]] = []
    milliseconds: list[float] = []
    errors = 0
    for done, case in enumerate(data.cases, start=1):
        started = time.perf_counter()
        try:
            hits = await search(case.text, DEPTH)
        except SaseoError:
            errors += 1
            hits = ()
        milliseconds.append((time.perf_counter() - started) * 1000)
        rows.append(measure(case.expected, hits))
        if step is not None:
            step("search", done, len(data.cases))
    report: Report = {"dataset": data.name, "queries": len(data.cases), "corpus": len(data.corpus)}
    report.update(averages(rows))
    report.update(_latency(milliseconds), errors=errors)
    return report


async def evaluate_bot(
    settings: Settings,
    data: Dataset,
    *,
    unanswerable: Dataset | None = None,
    answers: bool = False,
    step: Step | None = None,
) -> Report:
    """Loads a set into a temporary library and evaluates search and, where asked for, answers."""
    async with _temporary(settings) as saseo:
        started = time.perf_counter()
        ids, refused = await _fill(saseo, data, step)
        loading = time.perf_counter() - started
        audience = Audience.of(PUBLIC)

        async def search(text: str, limit: int) -> Sequence[Hit]:
            found = await saseo.retrieval.search(text, audience=audience, limit=limit)
            return [Hit(ids.get(item.document.id), item.passage.text) for item in found]

        report = await evaluate(data, search, step=step)
        report.update(not_loaded=refused, load_seconds=round(loading, 2))
        if answers:
            report.update(await _answers(saseo, data.cases, "", step))
        if answers and unanswerable is not None:
            report.update(await _answers(saseo, unanswerable.cases, "unanswerable_", step))
        return report


@asynccontextmanager
async def _temporary(settings: Settings) -> "AsyncIterator[Saseo]":
    from bot.wiring import open_saseo

    with tempfile.TemporaryDirectory(prefix="saseo-eval-", ignore_cleanup_errors=True) as folder:
        apart: dict[str, object] = {
            "data_dir": Path(folder),
            "vectorstore_path": None,
            "chroma_url": None,
            "database_url": None,
            "redis_url": None,
        }
        if settings.vectorstore_type == "pinecone":
            apart["vectorstore_type"] = "chroma"
        async with open_saseo(settings.model_copy(update=apart)) as saseo:
            yield saseo


async def _fill(saseo: "Saseo", data: Dataset, step: Step | None) -> tuple[Mapping[str, str], int]:
    ids: dict[str, str] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def one(text: Text) -> None:
        async with places:
            with suppress(Refused):
                added = await saseo.library.add_text(text.text, origin=f"eval:{text.id}", title=text.title or None)
                ids[added.document.id] = text.id

    for done, adding in enumerate(asyncio.as_completed([one(text) for text in data.corpus]), start=1):
        await adding
        if step is not None:
            step("load", done, len(data.corpus))
    return ids, len(data.corpus) - len(ids)


async def _answers(saseo: "Saseo", cases: Sequence[Case], prefix: str, step: Step | None) -> Report:
    outcomes: dict[str, int] = {}
    milliseconds: list[float] = []
    gold: list[dict[str, float]] = []
    for done, case in enumerate(cases, start=1):
        session = Session("eval", "local", f"{prefix}{case.id}")
        question = Question(f"eval:{prefix}{case.id}", session, case.text, Audience.of(PUBLIC))
        started = time.perf_counter()
        answer = await saseo.chat.ask(question)
        milliseconds.append((time.perf_counter() - started) * 1000)
        outcomes[answer.outcome] = outcomes.get(answer.outcome, 0) + 1
        if case.expected.answers:
            contained = measure(case.expected, [Hit(None, answer.text)])["contain@1"]
            gold.append({f"{prefix}answer_has_gold": contained})
        if step is not None:
            step("answer", done, len(cases))
    latency = {f"{prefix}answer_{name}": value for name, value in _latency(milliseconds).items()}
    refusals = {f"{prefix}refused": outcomes.get("not_found", 0), f"{prefix}failed": outcomes.get("failed", 0)}
    return {**averages(gold), **refusals, f"{prefix}asked": len(cases), **latency}


def _latency(milliseconds: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(percentile(milliseconds, 50), 2), "p95_ms": round(percentile(milliseconds, 95), 2)}


def _case(row: Mapping[str, Any], gains: Mapping[str, float]) -> Case:
    # Only the answers of a span question stand in the documents word for word.
    answers = _texts(row.get("answers")) if row.get("answer_type") == "span" else ()
    expected = Expected(gains, answers=answers, excerpts=_texts(row.get("spans")))
    return Case(str(row["id"]), str(row["text"]), str(row.get("lang") or ""), expected)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(text) for text in value) if isinstance(value, list) else ()


def _gains(path: Path, known: set[str]) -> dict[str, dict[str, float]]:
    gains: dict[str, dict[str, float]] = {}
    for row in _rows(path, "qid", "docid", "score"):
        document_id, score = str(row["docid"]), float(row["score"])
        if document_id in known and score > 0:
            gains.setdefault(str(row["qid"]), {})[document_id] = score
    return gains


def _rows(path: Path, *names: str) -> Iterable[dict[str, Any]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise Refused("evaluation.line", name=str(path), line=number) from error
            if not isinstance(row, dict) or not all(_fits(row, name) for name in names):
                raise Refused("evaluation.line", name=str(path), line=number)
            yield row


def _fits(row: Mapping[str, object], name: str) -> bool:
    return isinstance(row.get(name), int | float if name == "score" else str | int)
