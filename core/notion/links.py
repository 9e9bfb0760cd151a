"""Which links lead to a Notion page, and its one name however they are spelled. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOST = re.compile(r"(?:(?:www\.|app\.)?notion\.(?:so|com)|[a-z0-9][a-z0-9-]{0,62}\.notion\.site)")
_STEP = re.compile(r"(?:.*[^0-9a-f])?(?:([0-9a-f]{32})|([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))")
_PEEKED = re.compile(r"(?:^|&)p=([0-9a-f]{32})(?:&|$)")
_FILES = frozenset({"api", "f", "image", "images", "signed"})
"""First steps of addresses where Notion keeps something else than pages."""
_APP = re.compile(r"app\.notion\.(?:so|com)")
_WWW = re.compile(r"(?:www\.)?notion\.(?:so|com)")
WWW = "www.notion.so"
"""Notion's first host, under which it knows each page."""
_HEX = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class NotionPage:
    """A page that a link leads to."""

    host: str
    """Where people open it, and where it is asked for."""
    id: str
    """32 hexadecimal digits, the same on every host of Notion."""

    @property
    def origin(self) -> str:
        """Scheme and host."""
        return f"https://{self.host}"

    @property
    def address(self) -> str:
        """Under which it is cited. Notion needs neither the title nor the name of the workspace."""
        return page_address(self.host, self.id)

    @property
    def name(self) -> str:
        """What all links to it have in common."""
        return page_address(WWW, self.id)

    @property
    def block(self) -> str:
        """Its id as Notion's own answers spell it."""
        return dashed(self.id)


def page_of(url: str) -> NotionPage | None:
    """The Notion page behind a link; None where it is no link to one. Looks at nothing but the link.

    A page that was opened beside its database (`?p=`) is that page.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return None
    usual = port is None or port == {"http": 80, "https": 443}.get(parts.scheme)
    if parts.scheme not in ("http", "https") or not usual or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    steps = [step for step in parts.path.split("/") if step]
    if not steps or steps[0] in _FILES:
        return None
    found = _STEP.fullmatch(steps[-1].lower())
    if found is None:
        return None
    peeked = _PEEKED.search(parts.query.lower())
    return NotionPage(
        WWW if _WWW.fullmatch(host) else host, peeked[1] if peeked else (found[1] or found[2].replace("-", ""))
    )


def page_address(host: str, page_id: str) -> str:
    """Where a page with this id, of 32 digits, is opened."""
    return f"https://{host}/p/{page_id}" if _APP.fullmatch(host) else f"https://{host}/{page_id}"


def bare(value: object) -> str:
    """The 32 digits of an id, however it is spelled; empty where it is none."""
    if not isinstance(value, str) or len(value) > 64:
        return ""
    digits = value.replace("-", "").lower()
    return digits if _HEX.fullmatch(digits) else ""


def dashed(digits: str) -> str:
    """An id of 32 digits as a UUID."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
