"""Families of Slack's methods, for figures."""

from yarl import URL

FAMILIES = frozenset(
    {
        "apps",
        "assistant",
        "auth",
        "bots",
        "chat",
        "conversations",
        "files",
        "oauth",
        "reactions",
        "search",
        "team",
        "users",
        "views",
    }
)


def family(url: URL) -> str:
    """`chat` for `/api/chat.postMessage`; `other` for what is no method, such as a file."""
    word = url.name.partition(".")[0]
    return word if word in FAMILIES else "other"
