"""Finds the sentences of Korean and English text: prose, lists, tables and code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 600
"""Characters after which a sentence is cut at a clause or a space, so that a quote stays readable."""

_BLOCK_START = re.compile(r"\s*(?:[-*+•·▪◦○●■□※▶‣–—]\s|\(?\d{1,3}[.)]\s|\(?[a-zA-Z가-힣][.)]\s|#{1,6}\s|\||>|```|~~~)")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_SIGN = re.compile(r"[^\W_]")
_STOP = re.compile(r"[.!?…。！？]+[\"'”’»」』)\]}*_]*")
_KOREAN_END = frozenset("다요죠까음함됨임")
_WIDE = re.compile(r"[\u1100-\u11ff\u3000-\u9fff\uac00-\ud7a3\uff00-\uff60]")
_FULL_LINE = 45
"""Columns from which on a line is taken to be broken by its width, not by its author."""

_TITLES = frozenset(
    "mr mrs ms dr prof st mt sr jr vs fig figs no nos vol pp p ch sec eq ref refs gen col lt sgt capt rev hon gov sen "
    "rep approx ca cf al e.g i.e eg ie viz est dept univ assn bros "
    "jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
"""Abbreviations that something always follows."""
_MAYBE_LAST = frozenset("etc a.m p.m inc ltd co corp u.s u.k u.n d.c ph.d".split())
"""Abbreviations that may end a sentence."""
_STARTERS = frozenset(
    "a an the this that these those it its he she they we you i in on at for if when while as but and or so there "
    "his her their our my your after before since however".split()
)
_QUOTING = re.compile(r"(?:이?라고|이?라는|이?라며|고|하고|라는|는|며|면서)(?![가-힣]*다[.!?])")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text, in characters: `text[start:end]`."""

    start: int
    end: int


def sentences(text: str) -> tuple[Span, ...]:
    """Sentences in order, trimmed, never overlapping. Stretches without a letter or digit are left out.

    A list item, a table row, a heading and a line of code are sentences of their own. Takes time in
    proportion to the length of the text; no sentence is longer than `LONGEST` characters.
    """
    found = []
    for unit, code in _units(text):
        for sentence in (unit,) if code else _split(text, unit):
            for piece in _shorten(text, sentence):
                trimmed = _trim(text, piece)
                if _SIGN.search(text, trimmed.start, trimmed.end):
                    found.append(trimmed)
    return tuple(found)


def _units(text: str) -> Iterator[tuple[Span, bool]]:
    """Stretches that no sentence crosses (paragraphs, list items, table rows) and whether they are code."""
    begin = end = 0
    previous = ""
    in_code = False
    for match in _LINE.finditer(text):
        line = match.group()
        fence = _FENCE.match(line) is not None
        if in_code or fence or not _continues(previous, line):
            yield Span(begin, end), in_code
            begin = match.end() if fence else match.start()
        in_code ^= fence
        end = match.end()
        previous = "" if fence else line
    yield Span(begin, end), in_code


def _continues(previous: str, line: str) -> bool:
    """Whether the line goes on with the sentence that the line before it left open."""
    before = previous.strip()
    here = line.strip()
    if not before or not here or _BLOCK_START.match(line) or before.startswith(("#", "|")):
        return False
    if here[0].islower() or line[0] in " \t":
        return True
    return _columns(before) >= _FULL_LINE


def _columns(line: str) -> int:
    """The width of a line where Korean letters take two columns; lines far over the bound are cut."""
    head = line[: 2 * _FULL_LINE]
    return len(head) + len(_WIDE.findall(head))


def _split(text: str, unit: Span) -> Iterator[Span]:
    begin = unit.start
    for stop in _STOP.finditer(text, unit.start, unit.end):
        if _ends(text, stop, begin, unit.end):
            yield Span(begin, stop.end())
            begin = stop.end()
    yield Span(begin, unit.end)


def _ends(text: str, stop: re.Match[str], begin: int, limit: int) -> bool:
    """Whether a sentence ends at this full stop, question mark or the like."""
    after = stop.end()
    if after >= limit:
        return True
    before = text[stop.start() - 1] if stop.start() > begin else ""
    if not text[after].isspace():
        return _ends_unspaced(text, stop, before)
    following = text[after : after + 40].lstrip()
    if not following:
        return True
    if stop.group()[0] in ".…" and following[0].islower():
        return False
    if stop.group()[-1] in "\"'”’」』" and _QUOTING.match(following):
        return False
    if stop.group() != ".":
        return True
    return not _abbreviates(text, stop.start(), begin, following)


def _ends_unspaced(text: str, stop: re.Match[str], before: str) -> bool:
    """Korean is often typed without a space after the full stop: 했다.그리고."""
    following = text[stop.end() : stop.end() + 4]
    if stop.group()[0] in "。！？":
        return True
    return before in _KOREAN_END and "가" <= following[0] <= "힣" and _QUOTING.match(following) is None


def _abbreviates(text: str, dot: int, begin: int, following: str) -> bool:
    """Whether the full stop at `dot` belongs to the word before it: Dr., J., e.g., 3."""
    word = re.split(r"[\s(\[\"'“‘]", text[max(begin, dot - 12) : dot])[-1]
    lower = word.lower()
    if lower in _TITLES:
        return True
    if lower in _MAYBE_LAST:
        starter = re.split(r"\W", following, maxsplit=1)[0].lower()
        return starter not in _STARTERS if lower not in ("etc", "a.m", "p.m") else not following[0].isupper()
    if len(word) == 1 and (word.isupper() or "가" <= word <= "힣"):
        return word != "I" or not following[0].isupper()
    if word.isdigit():
        return following[0].isdigit() or not text[begin : dot - len(word)].strip()
    return False


def _shorten(text: str, sentence: Span) -> Iterator[Span]:
    """Cuts what is longer than `LONGEST`: after a clause, else at a space, else between signs."""
    begin = sentence.start
    while sentence.end - begin > LONGEST:
        window = text[begin : begin + LONGEST]
        half = LONGEST // 2
        cut = max(window.rfind(mark, half) for mark in ("; ", ": ", ", ", "\n")) + 1
        cut = cut or window.rfind(" ", half) + 1 or _last_sign(window) or LONGEST
        yield Span(begin, begin + cut)
        begin += cut
    yield Span(begin, sentence.end)


def _last_sign(window: str) -> int:
    """Where the last stretch of letters and digits begins, when it does not begin in the first half."""
    match = re.search(r"[\w\u0300-\u036f]*\Z", window)
    start = match.start() if match else 0
    return start if start > len(window) // 2 else 0


def _trim(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
