"""Which store keeps documents, answers and the inbox: a file on this machine, or a database that machines share."""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias, Union

from bot.settings import Settings
from core.errors import Refused

if TYPE_CHECKING:
    from core.backends.postgres import PostgresStore
    from core.backends.seal import FernetSeal
    from core.backends.sqlite import Store

AnyStore: TypeAlias = Union["Store", "PostgresStore"]


def open_stores(settings: Settings, seal: "FernetSeal") -> AbstractAsyncContextManager[AnyStore]:
    """The store that these settings ask for. Raises Refused or Unavailable, also on entering."""
    if settings.database_url is None:
        from core.backends.sqlite import open_store

        return open_store(settings.data_dir / "saseo.db", history_ttl=settings.history_ttl, seal=seal)
    try:
        from core.backends.postgres import open_postgres
    except ImportError as error:
        raise Refused("postgres.missing") from error
    return open_postgres(settings.database_url.get_secret_value(), seal=seal, history_ttl=settings.history_ttl)
