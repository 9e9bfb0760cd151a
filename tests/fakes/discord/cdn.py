"""The CDN: attachments behind signed addresses that expire."""

from aiohttp import web

from tests.fakes.discord.stage import Stage
from tests.fakes.discord.state import Attachment


class Cdn(Stage):
    """Serves what was attached, while the address is good and its message stands."""

    async def download(self, request: web.Request) -> web.StreamResponse:
        attachment = self._attachment(request.match_info["attachment"])
        fault = self.faults.take("GET /attachments")
        if fault is not None:
            await self.clock.sleep(fault.delay)
            if fault.status:
                return web.Response(status=fault.status)
        try:
            expires = int(request.query.get("ex", ""), 16)
        except ValueError:
            expires = 0
        sealed = request.query.get("hm") == self.seal(request.match_info["attachment"], expires)
        if attachment is None or not sealed or expires < self.clock.now():
            return web.Response(status=404, text="This content is no longer available.")
        self.downloads.append((self.clock.now(), attachment.filename))
        return web.Response(body=attachment.data, content_type=attachment.content_type)

    def _attachment(self, number: str) -> Attachment | None:
        standing = [one for channel in self.world.channels() for one in channel.messages.values() if not one.deleted]
        for message in [*standing, *self.loose.values()]:
            for attachment in message.attachments:
                if attachment.id == number:
                    return attachment
        return None
