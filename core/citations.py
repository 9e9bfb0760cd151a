"""Checks what a model writes while it writes: citations must exist, links must stand in the passages."""

import re
from collections.abc import Callable, Collection

_CITATION = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*[\]】]")
_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([^)\s]{0,2000}[^)\n]{0,500}\)")
_LINK = re.compile(r"\[([^\]\n]{1,500})\]\(\s*<?([^)\s>]{1,2000})>?[^)\n]{0,500}\)")
_REFERENCE = re.compile(r"^[ \t]{0,3}\[[^\]\n]{1,500}\]:[ \t]*\S.*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:[a-z][a-z0-9+.-]{1,20}:|www\.)[^>\s]{1,2000})>", re.IGNORECASE)
_BARE = re.compile(
    r"(?:\b(?:[a-z][a-z0-9+.-]{1,20}://|mailto:|data:|javascript:|www\.)|(?<![\w/.:])//(?=[\w-]+\.[a-z]))[^\s<>\"'`\])}|]+",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}"
    r"|(?<![\w@/.:-])(?:[a-z0-9-]{1,63}\.){1,8}"
    r"(?:(?:com|net|org|io|dev|app|ai|co|info|biz|xyz|site|online|shop|top|link|click|kr|cn|ru|tk|example|test)"
    r"(?![\w-]|\.[a-z0-9])(?::\d{1,5})?(?:[/?#][^\s<>\"'`\])}|]*)?"
    r"|[a-z]{2,24}(?::\d{1,5})?/?[^\s<>\"?]{0,200}\?[^\s=]{1,60}=[^\s<>\"'`\])}|]*)",
    re.IGNORECASE,
)
"""Hosts without a scheme and mail addresses: chat programs make links of them by themselves."""
_LEADING = re.compile(r"^```(?s:.*?)(?:^```|\Z)|^#{1,6} .*$", re.MULTILINE)
"""Code and headings."""
_TRAILING = ".,;:!?*_~'\""
_HELD = 3000
"""A run without an end longer than this is let through to the checks as it is."""


def links(text: str) -> frozenset[str]:
    """Every link in a text, in the form that `Sieve` compares."""
    found = [match[0] for match in _BARE.finditer(text)] + [match[0] for match in _HOST.finditer(text)]
    return frozenset(_same(link) for link in found)


def unsourced(text: str) -> bool:
    """Whether a paragraph says something and names no source. Headings, code, and what leads to a list may do that."""
    paragraphs = _LEADING.sub("", text).split("\n\n")
    return any(_says(paragraph.strip()) and not _CITATION.search(paragraph) for paragraph in paragraphs)


def _says(paragraph: str) -> bool:
    return re.search(r"\w", paragraph) is not None and not paragraph.endswith((":", "："))


class Sieve:
    """Lets a model's text through piece by piece, without foreign links, images and invented citations.

    Citations are renumbered in the order of their first appearance; `cited` holds the passage numbers in that
    order, so that `[1]` in the text is `cited[0]`.
    """

    def __init__(self, *, passages: int, allowed: Collection[str]) -> None:
        self._passages = passages
        self._allowed = frozenset(allowed)
        self._pending = ""
        self._word = ""
        self.cited: list[int] = []

    def feed(self, delta: str) -> str:
        """The text that is safe to show so far; the rest waits for what follows it."""
        self._pending += delta
        cut = _safe_length(self._pending)
        ready, self._pending = self._pending[:cut], self._pending[cut:]
        return self._clean(ready)

    def finish(self) -> str:
        """What was still waiting."""
        ready, self._pending = self._pending, ""
        return self._clean(ready)

    def _clean(self, text: str) -> str:
        if not text:
            return text
        text = _IMAGE.sub("", text)
        text = _REFERENCE.sub("", text)
        text = _LINK.sub(self._link, text)
        text = _AUTOLINK.sub(lambda match: match[0] if self._may(match[1]) else "", text)
        for pattern in (_BARE, _HOST):
            text = self._without_foreign(pattern, text)
        self._word = _last_word(self._word + text)[-_HELD:]
        return _CITATION.sub(self._citation, text)

    def _without_foreign(self, pattern: re.Pattern[str], text: str) -> str:
        """Removes what makes a link together with the shown part of a word: of a link that was not seen to be one
        at its beginning, the rest never gets out."""
        whole, shown = self._word + text, len(self._word)
        kept, at = [], shown
        for match in pattern.finditer(whole):
            link = match[0].rstrip(_TRAILING)
            end = match.start() + len(link)
            if end > at and not self._may(link):
                kept.append(whole[at : max(match.start(), at)])
                at = end
        return "".join([*kept, whole[at:]])

    def _may(self, link: str) -> bool:
        return _same(link) in self._allowed

    def _link(self, match: re.Match[str]) -> str:
        return match[0] if self._may(match[2]) else match[1]

    def _citation(self, match: re.Match[str]) -> str:
        numbers = [int(number) for number in match[1].split(",")]
        return "".join(f"[{self._number(number)}]" for number in numbers if 1 <= number <= self._passages)

    def _number(self, passage: int) -> int:
        if passage not in self.cited:
            self.cited.append(passage)
        return self.cited.index(passage) + 1


def _last_word(text: str) -> str:
    """The word that the end of the text may have cut."""
    return "" if not text or text[-1].isspace() else text.rsplit(None, 1)[-1]


def _same(link: str) -> str:
    bare = re.sub(r"^(?:https?:)?//(?:www\.)?|^www\.", "", link.strip().rstrip(_TRAILING), flags=re.IGNORECASE)
    return bare.rstrip("/")


_OPENINGS: tuple[Callable[[str], int], ...] = (
    lambda text: text.rfind("["),
    lambda text: text.rfind("【"),
    lambda text: text.rfind("<"),
)
_MAY_BECOME_LINK = re.compile(
    r"(?:!|\b(?:h|ht|htt|https?|https?:/{0,2}|w{1,3}|ftp|mailto|data|javascript)|[a-z0-9+.-]+:/{0,2}\S*|[\w-]+\.\S*|//?\S*)$",
    re.IGNORECASE,
)


def _safe_length(text: str) -> int:
    """How much of the text cannot become part of a link or a citation by what follows."""
    cut = len(text)
    for opening in _OPENINGS:
        at = opening(text)
        if at >= 0 and not _closed(text, at):
            cut = min(cut, at)
    tail = _last_word(text[:cut])
    if tail and _MAY_BECOME_LINK.search(tail):
        cut -= len(tail)
    return len(text) if len(text) - cut > _HELD else cut


def _closed(text: str, at: int) -> bool:
    """Whether the bracket opened at `at` has ended, with the target of a Markdown link after it."""
    rest = text[at:]
    if "\n" in rest:
        return True
    if rest[0] == "<":
        return ">" in rest or not re.match(r"<(?:[a-z/!]|$)", rest, re.IGNORECASE)
    close = rest.find("]" if rest[0] == "[" else "】")
    if close < 0:
        return len(rest) > _HELD
    after = rest[close + 1 :]
    if not after:
        return False
    if after[0] == "(":
        return ")" in after
    return after[0] != ":" or len(after) > _HELD
