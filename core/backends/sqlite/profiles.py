"""Takes apart the passages that an earlier release kept, a few at a time, while questions are answered."""

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from functools import partial

from core.backends.sqlite.database import Database, rows
from core.backends.written import text
from core.errors import SaseoError
from core.profile import Profile, rules

AT_ONCE = 32
"""Passages, at a quarter of a millisecond each."""
PAUSE = 0.05
"""Seconds between two times, so that questions hardly wait: a hundred thousand passages take some minutes."""

OUTDATED = "SELECT place, text FROM passages WHERE rules < ?1 OR rules > ?1 LIMIT ?2"
KEEP = "UPDATE passages SET rules = ?, profile = ? WHERE place = ?"

log = logging.getLogger(__name__)


async def renew_profiles(database: Database, *, pause: float = PAUSE) -> None:
    """Returns when every passage has a profile that was made by today's rules, or when the store fails: until then
    ranking takes the others apart itself."""
    try:
        while outdated := await database.read(rows(OUTDATED, rules(), AT_ONCE)):
            profiles = await asyncio.to_thread(_profiles, outdated)
            await database.write(partial(_keep, profiles=profiles))
            await asyncio.sleep(pause)
    except SaseoError as error:
        log.warning("passages are taken apart whenever they are found: %s", error.code)


def _profiles(passages: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes, int]]:
    return [(rules(), Profile.of(text(words)).packed, place) for place, words in passages]


def _keep(connection: sqlite3.Connection, *, profiles: Sequence[tuple[int, bytes, int]]) -> None:
    connection.executemany(KEEP, profiles)
