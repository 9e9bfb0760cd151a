"""The methods of the Web API, one module a family."""

from collections.abc import Mapping

from tests.fakes.slack.methods import (
    apps,
    assistant,
    chat,
    conversations,
    files,
    oauth,
    people,
    reactions,
    streams,
    views,
)
from tests.fakes.slack.web_api import Method

METHODS: Mapping[str, Method] = {
    **apps.METHODS,
    **assistant.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **oauth.METHODS,
    **people.METHODS,
    **reactions.METHODS,
    **streams.METHODS,
    **views.METHODS,
}
