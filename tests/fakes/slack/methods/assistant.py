"""assistant.threads.*: what an app says it is doing, which questions it proposes, what a thread is called."""

from collections.abc import Mapping

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.stage import Status
from tests.fakes.slack.state import Channel, Json
from tests.fakes.slack.web_api import Call, Method

MOST_PROMPTS = 4
MOST_LOADING_MESSAGES = 10


def thread_of(call: Call) -> tuple[Channel, str]:
    """The thread that the arguments name, by its parent."""
    channel = call.channel("channel_id")
    if call.workspace.bot_user.id not in channel.members:
        raise ApiError("channel_not_found")
    parent = channel.messages.get(call.text("thread_ts"))
    if parent is None:
        raise ApiError("invalid_thread_ts")
    return channel, parent.thread_ts or parent.ts


def set_status(call: Call) -> Json:
    channel, thread_ts = thread_of(call)
    loading = call.structure("loading_messages", list, error="invalid_arguments") or []
    if len(loading) > MOST_LOADING_MESSAGES:
        raise ApiError("invalid_arguments", f"no more than {MOST_LOADING_MESSAGES} items allowed: loading_messages")
    status = Status(channel.id, thread_ts, call.text("status"), call.slack.clock.now(), tuple(map(str, loading)))
    call.slack.set_status(status)
    return {}


def set_suggested_prompts(call: Call) -> Json:
    channel = call.channel("channel_id")
    prompts = call.structure("prompts", list, error="invalid_arguments") or []
    if not 0 < len(prompts) <= MOST_PROMPTS:
        raise ApiError("invalid_arguments", f"must have 1 to {MOST_PROMPTS} items: prompts")
    if not all(isinstance(one, dict) and one.get("title") and one.get("message") for one in prompts):
        raise ApiError("invalid_arguments", "each prompt needs title and message: prompts")
    if channel.kind != "im":
        raise ApiError("channel_not_found")
    agent_view = call.slack.world.app.agent_view
    if not agent_view and not call.text("thread_ts"):
        raise ApiError("invalid_arguments", "missing required field: thread_ts")
    # Under agent_view there is no pane that a thread's prompts would show up in: Slack says ok and shows nothing.
    if not (agent_view and call.text("thread_ts")):
        call.slack.prompts[channel.id] = prompts
    return {}


def set_title(call: Call) -> Json:
    channel, thread_ts = thread_of(call)
    call.slack.titles[channel.id, thread_ts] = call.text("title")
    return {}


METHODS: Mapping[str, Method] = {
    "assistant.threads.setStatus": set_status,
    "assistant.threads.setSuggestedPrompts": set_suggested_prompts,
    "assistant.threads.setTitle": set_title,
}
