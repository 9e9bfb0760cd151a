"""Where the plain text of a page stands that its own address only shows in a browser: raw files and exports."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit

Headings = Literal["none", "slug", "google"]
"""How the page that people open links to a heading: not at all, as GitHub does, or as Google Docs does."""


@dataclass(frozen=True, slots=True)
class Export:
    """A page that is read from elsewhere."""

    page: str
    """What people open, however the link to it was spelled."""
    address: str
    """What is fetched."""
    headings: Headings = "none"


@dataclass(frozen=True, slots=True)
class _Rule:
    """`place` matches host, port and path; `page` and `address` are filled with its groups."""

    place: re.Pattern[str]
    page: str
    address: str
    headings: Headings = "none"


def _rule(place: str, page: str, address: str, headings: Headings = "none") -> _Rule:
    return _Rule(re.compile(place), page, address, headings)


_GOOGLE = r"docs\.google\.com/(?:a/[^/]+/)?{}/(?:u/\d+/)?d/([\w-]{{20,}})(?:/.*)?"
_RULES = (
    _rule(
        r"github\.com/([^/]+/[^/]+)/(?:blob|raw)/([^/]+/.+)",
        "https://github.com/{0}/blob/{1}",
        "https://raw.githubusercontent.com/{0}/{1}",
        "slug",
    ),
    _rule(
        r"gist\.github\.com/([^/]+)/([0-9a-f]{20,40})(?:/raw)?/?",
        "https://gist.github.com/{0}/{1}",
        "https://gist.githubusercontent.com/{0}/{1}/raw",
    ),
    _rule(
        r"gist\.github\.com/([0-9a-f]{20,40})(?:/raw)?/?",
        "https://gist.github.com/{0}",
        "https://gist.github.com/{0}/raw",
    ),
    # A hyphen alone in the path is GitLab's own, on whatever host it runs.
    _rule(r"([^/]+/.+?)/-/(?:blob|raw)/([^/]+/.+)", "{scheme}://{0}/-/blob/{1}", "{scheme}://{0}/-/raw/{1}"),
    _rule(r"([^/]+(?:/.+?)?)/-/snippets/(\d+)/?", "{scheme}://{0}/-/snippets/{1}", "{scheme}://{0}/-/snippets/{1}/raw"),
    _rule(
        _GOOGLE.format("document"),
        "https://docs.google.com/document/d/{0}/edit",
        "https://docs.google.com/document/d/{0}/export?format=html",
        "google",
    ),
    _rule(
        _GOOGLE.format("presentation"),
        "https://docs.google.com/presentation/d/{0}/edit",
        "https://docs.google.com/presentation/d/{0}/export/pptx",
    ),
    _rule(
        r"drive\.google\.com/file/(?:u/\d+/)?d/([\w-]{20,})(?:/.*)?",
        "https://drive.google.com/file/d/{0}/view",
        "https://drive.google.com/uc?export=download&id={0}",
    ),
    _rule(
        r"pastebin\.com/(?:raw/)?(?!messages|trending)(\w{8})",
        "https://pastebin.com/{0}",
        "https://pastebin.com/raw/{0}",
    ),
    _rule(
        r"paste\.debian\.net/(?:plain/)?(\d+)/?",
        "https://paste.debian.net/{0}/",
        "https://paste.debian.net/plain/{0}",
    ),
    _rule(
        r"paste\.debian\.net/(?:hidden|plainh)/([0-9a-f]+)/?",
        "https://paste.debian.net/hidden/{0}/",
        "https://paste.debian.net/plainh/{0}",
    ),
    _rule(r"dpaste\.com/(\w{6,12})(?:\.txt)?", "https://dpaste.com/{0}", "https://dpaste.com/{0}.txt"),
    _rule(r"dpaste\.org/(\w{4,12})(?:/raw)?/?", "https://dpaste.org/{0}", "https://dpaste.org/{0}/raw"),
    _rule(r"bpa\.st/(?:raw/)?(\w{4,12})", "https://bpa.st/{0}", "https://bpa.st/raw/{0}"),
    _rule(
        r"(?:www\.)?toptal\.com/developers/hastebin/(?:raw/)?(\w{5,20})(?:\.\w+)?",
        "https://www.toptal.com/developers/hastebin/{0}",
        "https://www.toptal.com/developers/hastebin/raw/{0}",
    ),
    _rule(
        r"((?:hst\.sh|hasteb\.in|haste\.[\w.-]+)(?::\d+)?)/(?:raw/)?(\w{5,20})(?:\.\w+)?",
        "{scheme}://{0}/{1}",
        "{scheme}://{0}/raw/{1}",
    ),
)
_SHEET = re.compile(_GOOGLE.format("spreadsheets"))
_GID = re.compile(r"[#&?]gid=(\d{1,20})")
_FRAGMENT = "!$&'*+,;=:@/?-._~"
"""What stands in a fragment as it is; a bracket would end the link in a chat program."""


def export_of(url: str) -> Export | None:
    """Where a page is read from; None where it is read at its own address. Looks at nothing but the link."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return None
    place = f"{host}{f':{port}' if port else ''}{parts.path}"
    if sheet := _SHEET.fullmatch(place):
        return _sheet(sheet[1], f"?{parts.query}#{parts.fragment}")
    for rule in _RULES:
        if found := rule.place.fullmatch(place):
            page, address = (text.format(*found.groups(), scheme=parts.scheme) for text in (rule.page, rule.address))
            return Export(page, address, rule.headings)
    return None


def fetched_from(url: str) -> str:
    """The address at which the text of a page is fetched: most pages' own."""
    export = export_of(url)
    return url if export is None else export.address


def heading_link(url: str, anchor: str, *, media_type: str) -> str:
    """The link to a heading of a page; the page's own where its headings cannot be linked to."""
    if not anchor or "#" in url:
        return url
    export, name = export_of(url), quote(anchor, safe=_FRAGMENT)
    match "own" if export is None else export.headings, media_type:
        case ("own", "text/html") | ("slug", "text/markdown"):
            return f"{url}#{name}"
        case ("google", "text/html") if anchor.startswith("h."):
            return f"{url}#heading={name}"
    return url


def _sheet(document: str, rest: str) -> Export:
    """One sheet as CSV where the link names one, else all of them."""
    page = f"https://docs.google.com/spreadsheets/d/{document}"
    if gid := _GID.search(rest):
        return Export(f"{page}/edit#gid={gid[1]}", f"{page}/export?format=csv&gid={gid[1]}")
    return Export(f"{page}/edit", f"{page}/export?format=xlsx")
