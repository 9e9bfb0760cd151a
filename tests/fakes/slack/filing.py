"""Files: people share, change and delete them, and the app downloads them."""

import mimetypes
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tests.fakes.slack.methods.files import can_see
from tests.fakes.slack.speaking import Speaking
from tests.fakes.slack.stage import Called
from tests.fakes.slack.state import Channel, File, Message, User, Workspace
from tests.fakes.slack.web_api import cut

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Slack</title></head><body><form id='signin_form'></form></body></html>"
DOWNLOAD = "files.download"
"""What a download is called among the calls, and in faults."""


class Filing(Speaking):
    """Acts around files."""

    def upload(
        self,
        name: str,
        data: bytes | str,
        *,
        channel: Channel | str | None = None,
        user: User | str | None = None,
        text: str = "",
        thread_ts: str | None = None,
        **more: Any,
    ) -> Message:
        """Somebody shares a file, with words or without. `more` sets fields of the file (`mode`, `mimetype`)."""
        workspace, place = self.find_channel(channel or self.general)
        author = self.find_user(workspace, user) if user else self._author(workspace, place)
        file = self.new_file(workspace, author, name, data, **more)
        file.channels.append(place.id)
        self._tell_file(workspace, "file_shared", file, place)
        return self.say(text, channel=place, user=author, thread_ts=thread_ts, subtype="file_share", files=[file.id])

    def drop_file(self, message: Message, file_id: str) -> Message:
        """Somebody takes a file out of a message; the file itself stays where else it was shared."""
        workspace, place, found = self.find_message(message, None)
        return self.rewrite(workspace, place, found, "edited", files=[one for one in found.files if one != file_id])

    def share_again(
        self, file_id: str, *, channel: Channel | str, user: User | str | None = None, text: str = ""
    ) -> Message:
        """Somebody shares a file that is there already in another place."""
        workspace, file = self.find_file(file_id)
        _, place = self.find_channel(channel)
        file.channels.append(place.id)
        author = self.find_user(workspace, user) if user else self._author(workspace, place)
        self._tell_file(workspace, "file_shared", file, place)
        return self.say(text, channel=place, user=author, subtype="file_share", files=[file.id])

    def upload_all(
        self, files: Mapping[str, bytes | str], *, channel: Channel | str | None = None, text: str = ""
    ) -> Message:
        """Somebody shares several files in one message."""
        workspace, place = self.find_channel(channel or self.general)
        author = self._author(workspace, place)
        made = [self.new_file(workspace, author, name, data) for name, data in files.items()]
        for file in made:
            file.channels.append(place.id)
            self._tell_file(workspace, "file_shared", file, place)
        return self.say(text, channel=place, user=author, subtype="file_share", files=[file.id for file in made])

    def new_file(self, workspace: Workspace, author: User, name: str, data: bytes | str, **more: Any) -> File:
        """A file that is not shared anywhere yet; at home where its author is."""
        file = File(
            self.world.new_id("F"),
            author.team_id,
            author.id,
            name,
            data.encode() if isinstance(data, str) else data,
            mimetypes.guess_type(name)[0] or "application/octet-stream",
            name.rpartition(".")[2].lower() or "binary",
            int(self.clock.now()),
        )
        for field, value in more.items():
            setattr(file, field, value)
        workspace.files[file.id] = file
        return file

    def change_file(self, file_id: str, data: bytes | str) -> None:
        """Somebody edits a file."""
        workspace, file = self.find_file(file_id)
        file.data = data.encode() if isinstance(data, str) else data
        self._tell_file(workspace, "file_change", file, None)

    def delete_file(self, file_id: str) -> None:
        """Somebody deletes a file: a tombstone stays in the messages that shared it."""
        workspace, file = self.find_file(file_id)
        file.deleted = True
        places = [workspace.channels[one] for one in file.channels if one in workspace.channels]
        if any(workspace.bot_user.id in place.members for place in places):
            event = {"type": "file_deleted", "file_id": file.id, "channel_ids": list(file.channels)}
            self.emit(workspace, event | {"event_ts": self.clock.stamp()})
        for place in places:
            for message in [one for one in place.visible if file.id in one.files]:
                self.rewrite(workspace, place, message, "file deleted")

    def find_file(self, file_id: str) -> tuple[Workspace, File]:
        for workspace in self.world.workspaces.values():
            if file_id in workspace.files:
                return workspace, workspace.files[file_id]
        raise KeyError(f"no file {file_id!r}")

    def _tell_file(self, workspace: Workspace, event: str, file: File, channel: Channel | None) -> None:
        if not can_see(workspace, file):
            return
        about = {"type": event, "file_id": file.id, "user_id": file.user, "file": {"id": file.id}}
        place = {"channel_id": channel.id} if channel is not None else {}
        shared = channel is not None and channel.is_ext_shared
        self.emit(workspace, about | place | {"event_ts": self.clock.stamp()}, shared=shared)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """GET of `url_private`. Who may not see the file gets a login page, with status 200 as Slack does it."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        called = Called(DOWNLOAD, {"path": request.path}, self.clock.now(), request.method, "", token)
        self.calls.append(called)
        fault = self.faults.take(DOWNLOAD)
        if fault is not None:
            await self.clock.sleep(fault.delay)
            if fault.drop == "before":
                return cut(request)
        called.status = fault.status if fault is not None else 200
        if called.status != 200:
            headers = {"Retry-After": str(fault.retry_after)} if fault is not None and fault.status == 429 else {}
            return web.Response(status=called.status, headers=headers)
        response = self._body(request.match_info["place"], token)
        if fault is not None and fault.drop == "after":
            return await self._half(request, response)
        return response

    def _body(self, place: str, token: str) -> web.Response:
        workspace = next((one for one in self.world.workspaces.values() if one.bot_token == token), None)
        file = workspace.files.get(place.partition("-")[2]) if workspace is not None else None
        if workspace is None or not workspace.installed or "files:read" not in workspace.scopes:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        if file is None or file.deleted:
            return web.Response(status=404, text="file not found")
        if not can_see(workspace, file):
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        headers = {"Content-Disposition": f'attachment; filename="{file.id}"'}
        return web.Response(body=file.data, content_type=file.mimetype, headers=headers)

    async def _half(self, request: web.Request, whole: web.Response) -> web.StreamResponse:
        """Begins to send and breaks off in the middle."""
        data = whole.body if isinstance(whole.body, bytes) else b""
        response = web.StreamResponse(headers={"Content-Length": str(len(data)), "Content-Type": whole.content_type})
        await response.prepare(request)
        await response.write(data[: len(data) // 2])
        cut(request)
        return response
