"""Evaluation: the measures agree with an independent program, and a set that is wrong is refused by line."""

import importlib.util
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.evaluation import Choice, Dataset, evaluate, load_dataset
from bot.measures import Expected, Hit, measure, percentile
from core.errors import Refused, Unavailable
from tests.corpus import shared_data

MEASURED_ELSEWHERE = {"p50_ms", "p95_ms", "refused", "errors"}


def write(folder: Path, **files: Sequence[object]) -> Path:
    for name, rows in files.items():
        lines = "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines + "\n\n", encoding="utf-8")
    return folder


def small(folder: Path) -> Path:
    return write(
        folder,
        corpus=[
            {"id": "a", "title": "Leave", "text": "Everybody has 25 days of leave.", "lang": "en"},
            {"id": "b", "text": "휴가는 25일입니다.", "lang": "ko"},
        ],
        queries=[
            {"id": "1", "text": "How many days?", "lang": "en", "answers": ["25 days"], "answer_type": "span"},
            {"id": "2", "text": "며칠인가요?", "lang": "ko", "answers": ["25"], "answer_type": "free"},
            {"id": "3", "text": "Nobody judged this one", "lang": "en"},
        ],
        qrels=[
            {"qid": "1", "docid": "a", "score": 2},
            {"qid": "1", "docid": "b", "score": 1},
            {"qid": "2", "docid": "b", "score": 1},
            {"qid": "2", "docid": "a", "score": 0},
            {"qid": "2", "docid": "unknown", "score": 1},
        ],
    )


def test_a_set_holds_judged_questions_alone(tmp_path: Path) -> None:
    data = load_dataset(small(tmp_path))
    assert [text.id for text in data.corpus] == ["a", "b"]
    assert [(case.id, case.expected.gains, case.expected.answers) for case in data.cases] == [
        ("1", {"a": 2.0, "b": 1.0}, ("25 days",)),
        ("2", {"b": 1.0}, ()),
    ]


def test_one_language_can_be_chosen_for_documents_and_for_questions(tmp_path: Path) -> None:
    data = load_dataset(small(tmp_path), Choice(corpus_language="ko", query_language="en"))
    assert [text.id for text in data.corpus] == ["b"]
    assert [(case.id, case.expected.gains) for case in data.cases] == [("1", {"b": 1.0})]


def test_a_sample_is_the_same_every_time(tmp_path: Path) -> None:
    chosen = [load_dataset(small(tmp_path), Choice(limit=1)).cases[0].id for _ in range(3)]
    assert chosen == chosen[:1] * 3


@pytest.mark.parametrize("name", ["corpus", "queries", "qrels"])
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    (small(tmp_path) / f"{name}.jsonl").unlink()
    with pytest.raises(Refused, match=name) as refusal:
        load_dataset(tmp_path)
    assert refusal.value.code == "evaluation.missing"


@pytest.mark.parametrize(
    "row", ["{", "[]", '"text"', '{"id": "x"}', '{"id": null, "text": "x"}', '{"id": "x", "text": ["y"]}']
)
def test_a_wrong_line_is_named(row: str, tmp_path: Path) -> None:
    write(small(tmp_path), corpus=[{"id": "a", "text": "fine"}, row])
    with pytest.raises(Refused, match="line 2") as refusal:
        load_dataset(tmp_path)
    assert refusal.value.code == "evaluation.line"


def test_a_score_that_is_no_number_is_named(tmp_path: Path) -> None:
    write(small(tmp_path), qrels=[{"qid": "1", "docid": "a", "score": "high"}])
    with pytest.raises(Refused, match="line 1"):
        load_dataset(tmp_path)


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (small(tmp_path) / "queries.jsonl").write_bytes(b'{"id": "1", "text": "\xff"}\n')
    with pytest.raises(Refused, match="line 1"):
        load_dataset(tmp_path)


def test_a_set_without_an_answerable_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        load_dataset(small(tmp_path), Choice(corpus_language="fr"))
    assert refusal.value.code == "evaluation.nothing"


async def test_a_search_that_fails_found_nothing_and_is_counted(tmp_path: Path) -> None:
    data = load_dataset(small(tmp_path))
    steps: list[tuple[str, int, int]] = []

    async def search(text: str, limit: int) -> Sequence[Hit]:
        if text.startswith("How"):
            raise Unavailable("store.gone")
        return [Hit("b", "휴가는 25일입니다.")]

    report = await evaluate(data, search, step=lambda *step: steps.append(step))
    assert (report["queries"], report["errors"], report["recall@1"], report["ndcg@10"]) == (2, 1, 0.5, 0.5)
    assert steps == [("search", 1, 2), ("search", 2, 2)]


def test_a_second_passage_of_a_document_takes_a_place_and_earns_nothing() -> None:
    expected = Expected({"a": 1, "b": 1})
    measured = measure(expected, [Hit("a", ""), Hit("a", ""), Hit("b", "")])
    best = 1 + 1 / math.log2(3)
    assert measured["ndcg@10"] == pytest.approx((1 + 1 / math.log2(4)) / best)
    assert measured["recall@5"] == 1


def test_nothing_found_is_measured_as_nothing() -> None:
    measured = measure(Expected({"a": 1}, answers=("x", "!"), excerpts=("short",)), [])
    assert set(measured.values()) == {0.0}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile([3, 1, 2], percent) for percent in (0, 50, 100)] == [1, 2, 3]
    assert math.isnan(percentile([], 50))


def reference() -> ModuleType:
    path = shared_data("..", "eval", "evaluate.py")
    spec = importlib.util.spec_from_file_location("reference_evaluate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shuffled(data: Dataset) -> dict[str, list[dict[str, Any]]]:
    """For each question relevant and other passages in an order that looks random: every measure moves."""
    texts = {text.id: text.text for text in data.corpus}
    ids = sorted(texts)
    results = {}
    for case in data.cases:
        dice = random.Random(case.id)
        chosen = [*dice.sample(sorted(case.expected.gains), k=dice.randint(0, 1)), *dice.sample(ids, k=4)]
        chosen += dice.sample(sorted(case.expected.gains), k=1) + dice.sample(chosen, k=2)
        dice.shuffle(chosen)
        cut = dice.randint(50, 400)
        results[case.text] = [{"id": name, "text": texts[name][:cut]} for name in chosen]
    return results


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["belebele-koen", "chroma-chunk", "scifact"])
async def test_every_measure_agrees_with_an_independent_program(name: str) -> None:
    folder = shared_data("retrieval", name)
    other = reference()
    data = load_dataset(folder, Choice(limit=60))
    theirs = other.load(folder, limit=60)
    assert [case.id for case in data.cases] == [query["id"] for query in theirs["queries"]]
    results = shuffled(data)

    async def search(text: str, limit: int) -> Sequence[Hit]:
        return [Hit(item["id"], item["text"]) for item in results[text][:limit]]

    ours = await evaluate(data, search)
    expected = other.evaluate(theirs, lambda text, limit: results[text][:limit])
    measured = {name: value for name, value in expected.items() if name not in MEASURED_ELSEWHERE}
    assert {name: ours[name] for name in measured} == measured
    assert 0 < float(ours["recall@5"]) < 1
