"""Splits Markdown into pieces below a limit, never inside a code fence, a table row, a link or a mention. Pure."""

import re
from collections.abc import Iterator

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
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


def split(text: str, *, limit: int) -> list[str]:
    """The text in pieces of at most `limit` characters, 200 or more. A fence that is cut is closed and opened again,
    a table that is cut repeats its head."""
    if len(text) <= limit:
        return [text] if text.strip() else []
    pieces: list[str] = []
    piece = ""
    for unit in (part for whole in _units(text) for part in _fitting(whole, limit=limit)):
        joined = f"{piece}\n{unit}" if piece else unit
        if len(joined) <= limit:
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


def _fitting(unit: str, *, limit: int) -> Iterator[str]:
    """The unit, or its parts where it is too long."""
    if len(unit) <= limit:
        yield unit
        return
    lines = unit.split("\n")
    if opening := FENCE.match(lines[0]):
        closing = opening[1]
        body = lines[1:-1] if lines[-1].strip() == closing else lines[1:]
        yield from _framed(body, head=lines[0][:100], foot=closing, limit=limit)
    elif len(lines) > 1:
        head = lines[:2] if RULE.match(lines[1]) and len("\n".join(lines[:2])) < limit // 2 else []
        yield from _framed(lines[len(head) :], head="\n".join(head), foot="", limit=limit)
    else:
        yield from _words(unit, limit=limit)


def _framed(lines: list[str], *, head: str, foot: str, limit: int) -> Iterator[str]:
    """Lines in groups, each between the same head and foot."""
    room = limit - len(head) - len(foot) - 2
    group: list[str] = []
    size = 0
    for line in (part for whole in lines for part in _cut(whole, room)):
        if group and size + len(line) + 1 > room:
            yield "\n".join(filter(None, (head, "\n".join(group), foot)))
            group, size = [], 0
        group.append(line)
        size += len(line) + 1
    if group:
        yield "\n".join(filter(None, (head, "\n".join(group), foot)))


def _words(line: str, *, limit: int) -> Iterator[str]:
    """A long line, cut between words."""
    part = ""
    for token in (piece for found in WHOLE.findall(line) for piece in _cut(found, limit)):
        if len(part) + len(token) > limit:
            yield part.rstrip()
            part = token.lstrip()
        else:
            part += token
    if part.strip():
        yield part


def _cut(text: str, limit: int) -> list[str]:
    """What has no place to cut at is cut anywhere."""
    return [text[at : at + limit] for at in range(0, len(text), limit)] or [""]
