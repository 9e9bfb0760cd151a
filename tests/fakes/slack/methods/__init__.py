"""The methods of the Web API, one module a family."""

from collections.abc import Mapping

from tests.fakes.slack.methods import apps, chat, conversations, people
from tests.fakes.slack.web_api import Method

METHODS: Mapping[str, Method] = {
    **apps.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **people.METHODS,
}
