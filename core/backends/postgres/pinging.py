"""Looks at a connection of the pool before it is used: one that the server has closed is replaced unseen.

The driver knows at once when a server goes. What a network has lost in silence only a ping tells; that takes three
ways there and back, as long as most queries, so that only a connection that has rested is asked.
"""

import time
from functools import partial
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

RESTED_SECONDS = 5.0
USED = "saseo_used"


def watch(engine: Engine) -> None:
    """From now on every connection of the engine's pool is looked at."""
    event.listen(engine, "checkin", _note)
    event.listen(engine, "checkout", partial(_look, errors=(engine.dialect.loaded_dbapi.Error, OSError, TimeoutError)))


def _note(_connection: Any, record: Any) -> None:
    record.info[USED] = time.monotonic()


def _look(connection: Any, record: Any, _proxy: Any, *, errors: tuple[type[Exception], ...]) -> None:
    if connection.driver_connection.is_closed():
        raise DisconnectionError
    if time.monotonic() - record.info.get(USED, time.monotonic()) < RESTED_SECONDS:
        return
    try:
        connection.ping()
    except errors as error:
        raise DisconnectionError from error
