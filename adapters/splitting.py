"""Splits Markdown into pieces below a limit, never inside a code fence, a table row, a link or a mention. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterator

FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$")
ROW = re.compile(r"^\s*\|.*\|\s*$")
RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
WHOLE = re.compile(
    r"""!?\[[^\[\]\n]{0,1000}\]\([^()\s]{1,2000}(?:\([^()\s]*\)[^()\s]*)?\)  # [label](address)
      | <[^<>\n]{1,2000}>                                                     # <https://...>, <@U1>
      | `[^`\n]{1,1000}`                                                      # `code`
      | \*\*[^*\n]{1,500}\*\*                                                 # **strong**
      | \S+                                                                   # a word, also a bare address
      | \s+""",
    re.VERBOSE,
)
LONGEST_CHARACTER = 40
"""Code points of what is read as one character; a longer one is cut."""

Measure = Callable[[str], int]
"""How long a text is, as the platform counts."""


def utf16(text: str) -> int:
    """The length of a text in UTF-16 code units, in which most emoji count two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clipped(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis: at most `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def split(text: str, *, limit: int, measure: Measure = len) -> list[str]:
    """The text in pieces of at most `limit` by this measure, 200 or more. A fence that is cut is closed and opened
    again, a table that is cut repeats its head."""
    if measure(text) <= limit:
        return [text] if text.strip() else []
    pieces: list[str] = []
    piece = ""
    for unit in (part for whole in _units(text) for part in _fitting(whole, limit=limit, measure=measure)):
        joined = f"{piece}\n{unit}" if piece else unit
        if measure(joined) <= limit:
            piece = joined
            continue
        pieces.append(piece)
        piece = unit
    return [kept for kept in (one.strip("\n") for one in (*pieces, piece)) if kept.strip()]


def _units(text: str) -> Iterator[str]:
    """Lines, but a whole code fence or a whole table as one."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        end = _end(lines, at)
        yield "\n".join(lines[at:end])
        at = end


def _end(lines: list[str], at: int) -> int:
    """Where the unit that begins at this line ends."""
    if opening := FENCE.match(lines[at]):
        mark = opening[1]
        for number in range(at + 1, len(lines)):
            closing = FENCE.match(lines[number])
            if closing and closing[1].startswith(mark) and not closing[2].strip():
                return number + 1
        return len(lines)
    end = at
    while end < len(lines) and ROW.match(lines[end]):
        end += 1
    return max(end, at + 1)


def _fitting(unit: str, *, limit: int, measure: Measure) -> Iterator[str]:
    """The unit, or its parts where it is too long."""
    if measure(unit) <= limit:
        yield unit
        return
    lines = unit.split("\n")
    if opening := FENCE.match(lines[0]):
        closing = opening[1]
        body = lines[1:-1] if lines[-1].strip() == closing else lines[1:]
        yield from _framed(body, head=lines[0][:100], foot=closing, limit=limit, measure=measure)
    elif len(lines) > 1:
        head = lines[:2] if RULE.match(lines[1]) and measure("\n".join(lines[:2])) < limit // 2 else []
        yield from _framed(lines[len(head) :], head="\n".join(head), foot="", limit=limit, measure=measure)
    else:
        yield from _words(unit, limit=limit, measure=measure)


def _framed(lines: list[str], *, head: str, foot: str, limit: int, measure: Measure) -> Iterator[str]:
    """Lines in groups, each between the same head and foot."""
    room = limit - measure(head) - measure(foot) - 2
    group: list[str] = []
    size = 0
    for line in (part for whole in lines for part in _cut(whole, room, measure=measure)):
        length = measure(line) + 1
        if group and size + length > room:
            yield "\n".join(filter(None, (head, "\n".join(group), foot)))
            group, size = [], 0
        group.append(line)
        size += length
    if group:
        yield "\n".join(filter(None, (head, "\n".join(group), foot)))


def _words(line: str, *, limit: int, measure: Measure) -> Iterator[str]:
    """A long line, cut between words."""
    part, size = "", 0
    for token in (piece for found in WHOLE.findall(line) for piece in _cut(found, limit, measure=measure)):
        length = measure(token)
        if size + length > limit:
            yield part.rstrip()
            part = token.lstrip()
            size = measure(part)
        else:
            part += token
            size += length
    if part.strip():
        yield part


def _cut(text: str, limit: int, *, measure: Measure) -> list[str]:
    """What has no place to cut at is cut between characters."""
    pieces = []
    while measure(text) > limit:
        end = _end_of_character(text, _fits(text, limit, measure=measure))
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def _fits(text: str, limit: int, *, measure: Measure) -> int:
    """How many code points of a text are within the limit; at least one."""
    low, high = 1, min(limit, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _end_of_character(text: str, end: int) -> int:
    """The last place up to here that does not stand inside of what is read as one character."""
    for place in range(end, max(end - LONGEST_CHARACTER, 0), -1):
        if place == len(text) or not (_joins(text[place]) or text[place - 1] == "\u200d" or _in_flag(text, place)):
            return place
    return end


def _joins(character: str) -> bool:
    """Whether it belongs to the character before it: accents, skin tones, later parts of a decomposed syllable."""
    return (
        character == "\u200d"
        or "\u1160" <= character <= "\u11ff"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or unicodedata.category(character) in ("Mn", "Mc", "Me")
    )


def _in_flag(text: str, place: int) -> bool:
    """Whether a place is between the two letters of a flag."""
    letters = 0
    while letters < place and "\U0001f1e6" <= text[place - letters - 1] <= "\U0001f1ff":
        letters += 1
    return letters % 2 == 1 and "\U0001f1e6" <= text[place] <= "\U0001f1ff"
