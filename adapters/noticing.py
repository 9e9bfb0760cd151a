"""What a notice says, the same on every platform: what has changed, what was said before, and what holds now. Pure."""

from adapters.sharing import MARKUP, clean
from adapters.splitting import clipped
from core.messages import render
from core.notices import Notice

EXCERPT_LIMIT = 500
QUESTION_LIMIT = 150


def heading(notice: Notice, locale: str) -> str:
    """What stands above the new answer, if there is one. Names are shown as `*name*`, excerpts as quotes."""
    question = " ".join(notice.question.translate(MARKUP).split())
    asked = clipped(question, QUESTION_LIMIT)
    first = render(f"notices.{notice.kind}", locale, title=clean(notice.title), question=asked, url=notice.url or "")
    if notice.kind not in ("changed", "withdrawn") or not notice.old_excerpt:
        return first
    lines = [first, render("notices.before", locale), quote(notice.old_excerpt)]
    if notice.new_excerpt:
        lines += [render("notices.now", locale), quote(notice.new_excerpt)]
    elif notice.kind == "changed":
        lines.append(render("notices.now_nothing", locale))
    return "\n".join(lines)


def quote(text: str) -> str:
    """An excerpt as a quote, without anything that a platform takes for markup."""
    lines = clipped(text, EXCERPT_LIMIT).splitlines()
    return "\n".join(f"> {line.translate(MARKUP).strip()}" for line in lines if line.strip())
