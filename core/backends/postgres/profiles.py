"""Takes apart the passages that an earlier release kept, a few at a time, while questions are answered."""

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.backends.postgres.database import Database, Rows
from core.backends.postgres.tables import passages
from core.backends.written import text
from core.errors import SaseoError
from core.profile import Profile, rules

AT_ONCE = 32
"""Passages, at a quarter of a millisecond each."""
PAUSE = 0.05
"""Seconds between two times, so that questions hardly wait."""

log = logging.getLogger(__name__)


async def renew_profiles(database: Database, *, pause: float = PAUSE) -> None:
    """Returns when every passage has a profile that was made by today's rules, or when the store fails: until then
    ranking takes the others apart itself."""
    today = await asyncio.to_thread(rules)
    others = or_(passages.c.rules < today, passages.c.rules > today)
    outdated = select(passages.c.place, passages.c.text).where(others).limit(AT_ONCE)
    kept = update(passages).where(passages.c.place == bindparam("at")).values(rules=today, profile=bindparam("made"))
    try:
        while found := await database.read(outdated):
            profiles = await asyncio.to_thread(_profiles, found)

            async def work(connection: AsyncConnection, profiles: Sequence[dict[str, object]] = profiles) -> None:
                await connection.execute(kept, profiles)

            await database.write(work)
            await asyncio.sleep(pause)
    except SaseoError as error:
        log.warning("passages are taken apart whenever they are found: %s", error.code)


def _profiles(found: Rows) -> list[dict[str, object]]:
    return [{"at": place, "made": Profile.of(text(words)).packed} for place, words in found]
