"""Where the text of an answer that is still being written goes on in a next message. Pure.

A page shows a stretch of the text between a head and a foot: what keeps a code fence or a table whole that goes on.
"""

from collections.abc import Iterator

from adapters.splitting import FENCE, ROW, RULE, WHOLE

LONGEST_HEAD = 500
"""Characters of a fence's first line, or of a table's head."""
LONGEST_FOOT = 40


def head(text: str, start: int) -> str:
    """What a page that begins here repeats: the first line of an open fence, or the head of a table that goes on."""
    opened = _open_fence(text, start)
    if opened is not None:
        return f"{opened[:LONGEST_HEAD]}\n"
    above = text[:start].split("\n")[:-1]
    rows: list[str] = []
    while above and ROW.match(above[-1]):
        rows.insert(0, above.pop())
    goes_on = text[start:].lstrip().startswith("|")
    if not goes_on or len(rows) < 2 or not RULE.match(rows[1]):
        return ""
    repeated = f"{rows[0]}\n{rows[1]}\n"
    return repeated if len(repeated) <= LONGEST_HEAD else ""


def page(text: str, start: int, end: int) -> str:
    """What the page of this stretch shows, with an open fence closed."""
    return (head(text, start) + text[start:end]).rstrip("\n") + _foot(text, end)


def following(text: str, end: int) -> int:
    """Where the page behind this end begins: lines that are empty are left out, except in a fence."""
    if _open_fence(text, end) is not None:
        return end
    return end + len(text[end:]) - len(text[end:].lstrip("\n"))


def seen(text: str, start: int, *, limit: int) -> int:
    """How far the page that begins at `start` is shown while it is being written: where it gets full, only by whole
    lines, so that it can end behind one."""
    room = start - len(head(text, start))
    most, calm = room + limit - LONGEST_FOOT, room + limit * 7 // 8
    if len(text) <= calm:
        return len(text)
    return max(text.rfind("\n", calm, min(len(text), most)), calm)


def turn(text: str, start: int, *, least: int, limit: int) -> int:
    """Where a page that begins at `start` is best ended: at `least`, which `seen` gave, or behind it, with at most
    `limit` characters.

    Behind a line where that is possible, outside of a fence or a table where that leaves half of the page full; else
    behind a word, a link or a mention.
    """
    most = min(start + limit - len(head(text, start)) - LONGEST_FOOT, len(text))
    first = max(least, start + 1)
    lines = [at + 1 for at in _breaks(text, first - 1, most) if at + 1 >= first]
    fenced = {at for at, opened in _fences(text, most) if opened is not None}
    calm = [at for at in lines if at not in fenced and not _in_table(text, at)]
    if calm and calm[-1] - start >= (most - start) // 2:
        return calm[-1]
    if lines:
        return lines[-1]
    return max([at for at in _words(text, start, most) if at >= first], default=max(first, most))


def _foot(text: str, end: int) -> str:
    opened = _open_fence(text, end)
    found = FENCE.match(opened) if opened is not None else None
    return f"\n{found[1]}" if found is not None and len(found[1]) < LONGEST_FOOT else ""


def _breaks(text: str, first: int, last: int) -> Iterator[int]:
    """The ends of lines from `first` until before `last`."""
    at = text.find("\n", first, last)
    while at != -1:
        yield at
        at = text.find("\n", at + 1, last)


def _words(text: str, start: int, last: int) -> Iterator[int]:
    """Behind which words of the last line one may cut."""
    line = max(text.rfind("\n", 0, last) + 1, start)
    for found in WHOLE.finditer(text, line):
        if found.end() > last:
            return
        yield found.end()


def _in_table(text: str, at: int) -> bool:
    """Whether the lines on both sides are rows."""
    above = text[:at].rstrip("\n").rpartition("\n")[2]
    return bool(ROW.match(above)) and text[at:].lstrip(" ").startswith("|")


def _open_fence(text: str, end: int) -> str | None:
    """The first line of the fence that is open here."""
    return [opened for _, opened in _fences(text, end)][-1]


def _fences(text: str, end: int) -> Iterator[tuple[int, str | None]]:
    """Behind each line until `end`: where that is, and the first line of the fence that is open there."""
    opened: str | None = None
    mark, at = "", 0
    yield 0, None
    for line in text[:end].split("\n"):
        at = min(at + len(line) + 1, end)
        found = FENCE.match(line)
        if found is not None and opened is None:
            opened, mark = line, found[1]
        elif found is not None and found[1].startswith(mark) and not found[2].strip():
            opened = None
        yield at, opened
