"""files.info, for files that the app can see."""

from collections.abc import Mapping

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.state import File, Json, Workspace
from tests.fakes.slack.web_api import Call, Method
from tests.fakes.slack.wire import file_json


def can_see(workspace: Workspace, file: File) -> bool:
    """Whether the app is in a conversation where the file was shared."""
    bot = workspace.bot_user.id
    places = [workspace.channels[one] for one in file.channels if one in workspace.channels]
    return any(bot in place.members for place in places)


def info(call: Call) -> Json:
    file = call.workspace.files.get(call.text("file"))
    if file is None or not can_see(call.workspace, file):
        raise ApiError("file_not_found")
    if file.deleted:
        raise ApiError("file_deleted")
    return {"file": file_json(file, call.slack.base_url), "comments": [], "response_metadata": {"next_cursor": ""}}


METHODS: Mapping[str, Method] = {"files.info": info}
