"""The embedded store: catalogue, shelves, journal, history, claims and answers in one SQLite file."""

from core.backends.sqlite.store import Store, open_store

__all__ = ["Store", "open_store"]
