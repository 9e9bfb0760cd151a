"""The answers on SQLite: what was asked and how it ended."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import get_args

from core.backends.sqlite.database import Database, rows
from core.backends.written import ANSWERS_KEPT, micros, raw, text
from core.types import Answer, Outcome, Question, digest

INSERT = "INSERT INTO answers (question, text, outcome, documents, answered_at) VALUES (?, ?, ?, ?, ?)"
COUNT = "INSERT INTO outcomes VALUES (?, ?) ON CONFLICT (outcome) DO UPDATE SET count = count + excluded.count"
UNANSWERED = "SELECT text FROM answers WHERE outcome = 'not_found' ORDER BY number DESC LIMIT ?"


class SqliteAnswers:
    """`Answers` on SQLite. Keeps the texts of the last hundred thousand questions, and counts all."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def record(self, question: Question, answer: Answer) -> None:
        """Keeps how a question ended; recording it again replaces what was recorded."""
        identity = digest(json.dumps([str(question.session), question.id]))
        cited = list(dict.fromkeys(source.document_id for source in answer.sources))
        values = (
            identity,
            raw(question.text),
            answer.outcome,
            raw(json.dumps(cited, ensure_ascii=False)),
            micros(self._clock()),
        )
        await self._database.write(partial(_record, values=values))

    async def unanswered(self, *, limit: int = 50) -> Sequence[str]:
        """Texts of questions that were not found, newest first."""
        found = await self._database.read(rows(UNANSWERED, min(max(limit, 0), ANSWERS_KEPT)))
        return [text(words) for (words,) in found]

    async def counts(self) -> Mapping[Outcome, int]:
        """How many questions ended in each way, also those that are no longer kept."""
        counted = await self._database.read(rows("SELECT outcome, count FROM outcomes"))
        none: dict[Outcome, int] = dict.fromkeys(get_args(Outcome), 0)
        return none | dict(counted)


def _record(connection: sqlite3.Connection, values: tuple[str, bytes, Outcome, bytes, int]) -> None:
    identity, _, outcome, *_ = values
    before = connection.execute("SELECT outcome FROM answers WHERE question = ?", (identity,)).fetchone()
    if before:
        connection.execute(COUNT, (before[0], -1))
        connection.execute("DELETE FROM answers WHERE question = ?", (identity,))
    added = connection.execute(INSERT, values)
    connection.execute(COUNT, (outcome, 1))
    connection.execute("DELETE FROM answers WHERE number <= ?", ((added.lastrowid or 0) - ANSWERS_KEPT,))
