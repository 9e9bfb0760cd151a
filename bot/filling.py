"""A mark that the indexes are being filled: what was interrupted is not taken for all there is to find."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.settings import Settings
from core.errors import Refused

MARK = "filling"


@contextmanager
def filling(settings: Settings) -> Iterator[None]:
    """While the indexes are filled; the mark stays where that does not come to its end."""
    mark = settings.data_dir / MARK
    try:
        mark.touch()
    except OSError as error:
        raise Refused("run.data_directory", directory=settings.data_dir, reason=error.strerror) from error
    yield
    mark.unlink(missing_ok=True)


def refuse_half_filled(settings: Settings) -> None:
    """Raises Refused where filling was interrupted, with how to go on."""
    if (settings.data_dir / MARK).exists():
        raise Refused("index.half_filled")
