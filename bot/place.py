"""Where a process keeps what is its own: the data directory itself, or with shared stores a numbered folder in it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bot.lock import Holder, hold, holder
from bot.settings import Settings
from core.errors import Refused

MOST = 64
"""Processes in one data directory."""
HELD = ("run.held", "run.held_by_server")
PATIENCE = 1.0
"""Seconds to wait for somebody who only looks whether a directory is held."""


@contextmanager
def hold_place(settings: Settings, *, url: str | None = None, wait: float = 0) -> Iterator[Path]:
    """Holds a directory for what is local to this process, and yields it. Raises Refused like `bot.lock.hold`.

    Without stores that processes share it is the data directory, and nobody else may have it.
    """
    if not settings.shares_stores:
        with hold(settings.data_dir, url=url, wait=wait):
            yield settings.data_dir
        return
    with ExitStack() as stack:
        place = _first_free(settings.data_dir, stack, url=url)
        # Somebody who has the whole directory looks at the places after taking it, and we the other way round.
        whole = holder(settings.data_dir)
        if whole is not None:
            raise Refused("run.held", directory=str(settings.data_dir), pid=whole.pid or "?")
        yield place


@contextmanager
def hold_all(settings: Settings) -> Iterator[Path]:
    """Holds the data directory with the places of every process in it; yields one for its own use."""
    with ExitStack() as stack:
        stack.enter_context(hold(settings.data_dir, wait=PATIENCE if settings.shares_stores else 0))
        if not settings.shares_stores:
            yield settings.data_dir
            return
        places = {_place(settings.data_dir, 1), *_known(settings.data_dir)}
        for place in sorted(places):
            stack.enter_context(hold(place))
        yield _place(settings.data_dir, 1)


def running(settings: Settings) -> Holder | None:
    """A process that works with the data directory right now, one with an API where there is any; None: nobody."""
    places = [settings.data_dir, *(_known(settings.data_dir) if settings.shares_stores else ())]
    found = [held for place in places if (held := holder(place)) is not None]
    return next((held for held in found if held.url is not None), found[0] if found else None)


def _first_free(directory: Path, stack: ExitStack, *, url: str | None) -> Path:
    for number in range(1, MOST + 1):
        place = _place(directory, number)
        try:
            stack.enter_context(hold(place, url=url))
        except Refused as refused:
            if refused.code not in HELD:
                raise
            continue
        return place
    raise Refused("run.no_place", directory=str(directory), count=MOST)


def _place(directory: Path, number: int) -> Path:
    return directory / f"process-{number}"


def _known(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("process-*") if path.is_dir())
