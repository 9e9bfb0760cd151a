"""The ids of buttons, lists and dialogues, and what they carry. Pure."""

from adapters.discord.escaping import escaped, unescaped

PREFIX = "saseo"
GOOD, BAD, SHARE, WHY, SERVER, LEARN, SETTINGS = "good", "bad", "share", "why", "server", "learn", "settings"
ID_LIMIT = 100
"""Characters in an id, by Discord's rule."""
QUOTED_LIMIT = 700
"""Characters of a question that are shown above its answer."""
MARK = "> "


def component_id(kind: str, question: str = "") -> str:
    """The id of a component about a question; ValueError when Discord would not take it."""
    made = ":".join(filter(None, (PREFIX, kind, question)))
    if len(made) > ID_LIMIT:
        raise ValueError(f"too long for the id of a component: {made!r}")
    return made


def read_id(custom_id: str) -> tuple[str, str]:
    """The kind and the question of a component; both empty where it is none of ours."""
    prefix, _, rest = custom_id.partition(":")
    kind, _, question = rest.partition(":")
    return (kind, question) if prefix == PREFIX else ("", "")


def quoted(question: str) -> str:
    """A question as the line above its answer, cut where it is long."""
    words = " ".join(question.split())
    cut = words if len(words) <= QUOTED_LIMIT else f"{words[:QUOTED_LIMIT]}…"
    return f"{MARK}{escaped(cut)}"


def question_in(shown: str) -> str:
    """The question that `quoted` shows whole in the first line of a message; empty where there is none."""
    first = shown.partition("\n")[0]
    if not first.startswith(MARK):
        return ""
    question = unescaped(first.removeprefix(MARK)).strip()
    return question if len(question) <= QUOTED_LIMIT else ""
