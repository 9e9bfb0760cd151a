"""Markdown as models write it, turned into what Discord shows. Pure."""

import re
from collections.abc import Iterator

from adapters.discord.escaping import harmless
from adapters.discord.tables import table
from adapters.splitting import FENCE, ROW, RULE

HEADING = re.compile(r"^ {0,3}#{4,6}\s+(.*?)\s*#*\s*$")
LINE = re.compile(r"^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
DRAWN = "─" * 12
PARTS = re.compile(
    r"""(?<!`)(?P<ticks>`++)(?:.*?[^`])(?P=ticks)(?!`)                  # `code`
      | <https?://[^<>\s]*>                                             # <https://...>
      | !?\[(?P<label>[^\[\]\n]{0,1000})\]                              # [label](address "title")
        \(<?(?P<target>https?://[^()\s<>]{1,2000}(?:\([^()\s<>]*\)[^()\s<>]*)?)>?(?:\s+"[^"\n]*")?\)
      | (?P<bare>https?://(?=[0-9A-Za-z])                               # an address alone; a particle may follow it
          (?:[!-;=?-_a-~]|(?<=[/=%])[^\x00-\x7f\s]+)+)""",
    re.VERBOSE,
)
AFTER = ".,;:!?'\"*_)]}、。"
"""What follows an address in a sentence and is no part of it."""
LONE = re.compile(r"[\ud800-\udfff]")


def shown(text: str) -> str:
    """Markdown that Discord shows: no tables, rules and deep headings; nobody is called, no page is unfurled."""
    whole = LONE.sub("\ufffd", text.replace("\r\n", "\n").replace("\x00", ""))
    return harmless("\n".join(_lines(whole.split("\n"))))


def _lines(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        if opening := FENCE.match(lines[at]):
            end = _closing(lines, at, mark=opening[1])
            yield from _code(lines[at + 1 : end], language=opening[2].strip())
            at = end + 1
        elif at + 1 < len(lines) and _begins_table(lines[at], lines[at + 1]):
            end = at + 2
            while end < len(lines) and ROW.match(lines[end]):
                end += 1
            drawn = table(lines[at:end])
            yield drawn if drawn.startswith("```") else _inline(drawn)
            at = end
        else:
            yield _line(lines[at])
            at += 1


def _begins_table(first: str, second: str) -> bool:
    return bool(ROW.match(first) and "|" in second and RULE.match(second))


def _closing(lines: list[str], opening: int, *, mark: str) -> int:
    """The line that closes a fence; past the end where none does, as in a text that is still being written."""
    for at in range(opening + 1, len(lines)):
        found = FENCE.match(lines[at])
        if found and found[1].startswith(mark) and not found[2].strip():
            return at
    return len(lines)


def _code(lines: list[str], *, language: str) -> Iterator[str]:
    """A code block as Discord takes it: three backticks, none of them inside."""
    word = language.split()[0][:30] if language else ""
    yield f"```{word}" if re.fullmatch(r"[\w+.#-]*", word) else "```"
    # An empty one is not read as a block.
    for line in lines or [" "]:
        yield line.replace("```", "`\u200b`\u200b`")
    yield "```"


def _line(line: str) -> str:
    if LINE.match(line):
        return DRAWN
    if (heading := HEADING.match(line)) and heading[1]:
        return f"**{_inline(heading[1].replace('**', ''))}**"
    return _inline(line)


def _inline(line: str) -> str:
    return PARTS.sub(_part, line)


def _part(found: re.Match[str]) -> str:
    if found["target"]:
        label = found["label"].strip()
        address = found["target"]
        # Discord masks no address behind another one.
        return f"[{label}](<{address}>)" if label and "://" not in label else f"<{address}>"
    if found["bare"]:
        address = found["bare"].rstrip(AFTER)
        if "(" in address and found["bare"][len(address) :].startswith(")"):
            address += ")"
        return f"<{address}>{found['bare'][len(address) :]}"
    return found[0]
