"""How well the search finds: each arm alone, both, and the guide's own way, on sets with known answers.

python -m benchmarks.retrieval [--data DIRECTORY] [--only NAME] [--store chroma|memory] [--keep DIRECTORY]

Recall, gain and excerpt coverage count sources: a second one of the same document takes a place. The mixed bases hold
both languages: in `both` every text stands in both, and the one in the question's language is sought; in `half` every
text stands in one of them, by lot, and is sought there.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

# The small matrices of one text gain nothing from a second thread of BLAS and wait for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.retrieval_stock import Kept, Plain, open_stock
from bot.evaluation import Choice, Dataset, Search, evaluate, load_dataset
from core.backends.embedded import EmbeddedEmbedder

DATA = Path(__file__).parents[1].parent / "shared" / "data" / "retrieval"
MEASURES = ("recall@1", "recall@5", "ndcg@10", "cover@5", "ctx_chars@5", "p50_ms")
BELEBELE = "belebele-koen"


@dataclass(frozen=True)
class Part:
    """Questions that are asked of a base."""

    label: str
    data: Dataset


@dataclass(frozen=True)
class Experiment:
    """A base and the parts that are measured on it."""

    name: str
    parts: tuple[Part, ...]


def experiments(folder: Path) -> list[Experiment]:
    """One for each set, one for each pair of languages, and two for mixed bases."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name == BELEBELE:
            found += [*_languages(path), *_mixed(path)]
        elif path.is_dir():
            found.append(Experiment(path.name, (Part("", load_dataset(path)),)))
    return found


def _languages(path: Path) -> list[Experiment]:
    return [
        Experiment(
            f"{path.name} {corpus}",
            tuple(Part(f"{asked}>{corpus}", load_dataset(path, Choice(corpus, asked))) for asked in ("ko", "en")),
        )
        for corpus in ("ko", "en")
    ]


def _mixed(path: Path) -> list[Experiment]:
    whole = load_dataset(path)
    drawn = random.Random(3)
    half = {f"{drawn.choice(('ko', 'en'))}-{number}" for number in sorted({text.id[3:] for text in whole.corpus})}
    both = [Part(f"{asked}, own language", _sought(whole, asked, asked)) for asked in ("ko", "en")]
    parts = [
        Part(f"{asked}, {label}", _sought(_kept(whole, half), asked, found))
        for asked, other in (("ko", "en"), ("en", "ko"))
        for label, found in (("own language", asked), ("only in the other", other))
    ]
    return [Experiment(f"{path.name} both", tuple(both)), Experiment(f"{path.name} half", tuple(parts))]


def _kept(data: Dataset, ids: set[str]) -> Dataset:
    return replace(data, corpus=tuple(text for text in data.corpus if text.id in ids))


def _sought(data: Dataset, asked: str, found: str) -> Dataset:
    """The questions in one language whose text stands there in another one."""
    ids = {text.id for text in data.corpus}
    cases = []
    for case in data.cases:
        gains = {name: gain for name, gain in case.expected.gains.items() if name in ids and name.startswith(found)}
        if case.language == asked and gains:
            cases.append(replace(case, expected=replace(case.expected, gains=gains)))
    return replace(data, cases=tuple(cases))


async def measure(experiment: Experiment, embedder: Kept, *, store: str) -> None:
    """Fills a base and prints a line for each part and way of searching."""
    corpus = experiment.parts[0].data.corpus
    with tempfile.TemporaryDirectory() as directory:
        async with open_stock(Path(directory), embedder, store=store) as base:
            started = time.perf_counter()
            count = await base.fill(corpus)
            seconds = time.perf_counter() - started
            plain = Plain(embedder)
            await plain.fill(corpus)
            print(f"\n{experiment.name}: {len(corpus)} documents, {count} passages in {seconds:.0f} s")
            ways: dict[str, Search] = {
                "dense": base.dense_alone,
                "lexical": base.lexical_alone,
                "hybrid": base.hybrid,
                "guide": plain.search,
            }
            for part in experiment.parts:
                for way, search in ways.items():
                    report = await evaluate(part.data, search)
                    shown = "  ".join(f"{name} {report[name]:>8}" for name in MEASURES if name in report)
                    print(f"  {part.label:24} {way:8} {shown}", flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", default="", help="part of the name of an experiment")
    parser.add_argument("--store", choices=("chroma", "memory"), default="chroma")
    parser.add_argument("--keep", type=Path, help="where vectors are kept for the next run")
    asked = parser.parse_args()
    models = EmbeddedEmbedder()
    await models.warm()
    embedder = Kept(models, asked.keep)
    for experiment in experiments(asked.data):
        if asked.only in experiment.name:
            await measure(experiment, embedder, store=asked.store)
            embedder.save()
    await models.close()


if __name__ == "__main__":
    asyncio.run(main())
