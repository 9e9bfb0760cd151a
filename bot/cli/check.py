"""Checking the installation, and measuring how well it answers."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.knowledge import progress
from bot.cli.terminal import FAILED, Terminal, start, table
from bot.doctor import Finding, examine
from bot.evaluation import Choice, Dataset, evaluate_bot, load_dataset
from bot.settings import Settings
from core.messages import render

STYLES = {"good": "green", "note": "yellow", "wrong": "red"}


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(doctor)
    app.command(name="eval")(evaluate)


def doctor(
    *,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the model for a few words; may cost money.")
    ] = False,
) -> None:
    """Checks settings, disk, stores, model and port, and says what to do."""
    settings, terminal = start()
    asyncio.run(_doctor(settings, terminal, online=online))


def evaluate(
    folder: Annotated[Path, typer.Argument(help="Holds corpus.jsonl, queries.jsonl and qrels.jsonl.", metavar="DIR")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    answers: Annotated[
        bool, typer.Option("--answers", help="Also answer every question; a model may cost money.")
    ] = False,
    unanswerable: Annotated[
        Path | None, typer.Option(help="With --answers: a set whose questions should all be refused.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only so many questions.")] = None,
    corpus_lang: Annotated[str | None, typer.Option(help="Only documents in this language.")] = None,
    query_lang: Annotated[str | None, typer.Option(help="Only questions in this language.")] = None,
) -> None:
    """Measures search and answers on a set of questions, in a library of its own that is thrown away."""
    settings, terminal = start()
    data = load_dataset(folder, Choice(corpus_lang, query_lang, limit))
    other = load_dataset(unanswerable, Choice(limit=limit)) if unanswerable is not None else None
    asyncio.run(_evaluate(settings, data, other, terminal, answers=answers, as_json=as_json))


async def _doctor(settings: Settings, terminal: Terminal, *, online: bool) -> None:
    wrong = 0
    async for finding in examine(settings, online=online):
        _show(finding, terminal)
        wrong += finding.level == "wrong"
    terminal.say("doctor.sum_wrong" if wrong else "doctor.sum_good", count=wrong)
    if wrong:
        raise typer.Exit(FAILED)


def _show(finding: Finding, terminal: Terminal) -> None:
    mark = render(f"doctor.mark_{finding.level}", terminal.locale)
    terminal.say("doctor.line", style=STYLES[finding.level], mark=mark, text=finding.text(terminal.locale))


async def _evaluate(
    settings: Settings, data: Dataset, other: Dataset | None, terminal: Terminal, *, answers: bool, as_json: bool
) -> None:
    with progress(terminal) as bar:
        task = bar.add_task("")

        def step(stage: str, done: int, total: int) -> None:
            bar.update(task, description=render(f"cli.stage_{stage}", terminal.locale), completed=done, total=total)

        report = await evaluate_bot(settings, data, unanswerable=other, answers=answers, step=step)
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1))  # noqa: T201
    else:
        rows = [(name, f"{value:.4f}" if isinstance(value, float) else str(value)) for name, value in report.items()]
        table([render("cli.measure", terminal.locale), render("cli.value", terminal.locale)], rows, terminal)
