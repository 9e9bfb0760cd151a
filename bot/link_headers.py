"""The file with the headers that the team's own hosts are asked with."""

import logging
import re
import stat
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings
from core.errors import Refused

if TYPE_CHECKING:
    from core.backends.web.link_headers import LinkHeaders

MOST_BYTES = 1024 * 1024

log = logging.getLogger(__name__)


def read_link_headers(settings: Settings) -> "LinkHeaders":
    """What LINK_HEADERS_FILE says; nothing where it is not set. Raises Refused, and never shows a value."""
    from core.backends.web.addresses import Allowed
    from core.backends.web.link_headers import LinkHeaders

    path = settings.link_headers_file
    if path is None:
        return LinkHeaders()
    if is_open_to_all(path):
        log.warning("every user of this machine can read the tokens in %s; run: chmod 600 %s", path, path)
    return LinkHeaders.parse(_tables(path), Allowed.parse(settings.allow_private_hosts), file=str(path))


def is_open_to_all(path: Path) -> bool:
    """Whether every user of this machine can read the file."""
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _tables(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        text = data[:MOST_BYTES].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        # The error of a decoder holds what it could not decode.
        raise Refused("link_headers.unreadable", file=str(path)) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Its own words may quote a value.
        found = re.search(r"at line (\d+)", str(error))
        raise Refused("link_headers.form", file=str(path), line=found[1] if found else "?") from None
