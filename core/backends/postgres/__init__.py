"""The shared store: everything that one SQLite file serves, on a PostgreSQL server, for more than one process."""

from core.backends.postgres.store import PostgresStore, open_postgres

__all__ = ["PostgresStore", "open_postgres"]
