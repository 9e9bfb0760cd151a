"""Messages that the app writes, through channels and through the webhooks of interactions."""

from tests.fakes.discord.errors import DiscordError, invalid
from tests.fakes.discord.forms import check_form, numbered, shown_embeds
from tests.fakes.discord.mentions import SILENT
from tests.fakes.discord.rest import Upload
from tests.fakes.discord.speaking import Speaking
from tests.fakes.discord.state import COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS, Attachment, Channel, Json, Message

SETTABLE = SUPPRESS_EMBEDS | EPHEMERAL | COMPONENTS_V2 | SILENT
"""Flags that an app may set."""
NONCE_SECONDS = 300
MOST_FILES = 10
FILE_BYTES = 10 * 1024 * 1024


class Writing(Speaking):
    """What the routes for messages share."""

    def compose(self, channel: Channel, form: Json, files: list[Upload]) -> Message:
        """A message of the bot that is not published yet. Raises DiscordError where Discord would refuse it."""
        check_form(form)
        message = Message(self.world.new_id(), channel, self.bot, form.get("content") or "")
        message.embeds = shown_embeds(form.get("embeds") or [])
        message.components = numbered(form.get("components") or [])
        message.flags = (form.get("flags") or 0) & SETTABLE
        message.attachments = self._uploaded(form, files)
        message.tts = bool(form.get("tts"))
        if not (message.content or message.embeds or message.components or message.attachments):
            raise DiscordError(50006)
        return message

    def change(self, message: Message, cause: str, form: Json, files: list[Upload], *, flags: int = 0) -> Message:
        """An edit of one of the bot's messages. `flags` are taken away. Raises DiscordError."""
        check_form(form | {"flags": message.flags & COMPONENTS_V2})
        content = form["content"] or "" if "content" in form else message.content
        embeds = shown_embeds(form["embeds"] or []) if "embeds" in form else message.embeds
        components = numbered(form["components"] or []) if "components" in form else message.components
        attachments = self._kept(message, form) + self._uploaded(form, files)
        if not (content or embeds or components or attachments):
            raise DiscordError(50006)
        suppressed = (form.get("flags") or 0) & SUPPRESS_EMBEDS if "flags" in form else message.flags & SUPPRESS_EMBEDS
        return self.rewrite(
            message,
            cause,
            rules=form.get("allowed_mentions"),
            content=content,
            embeds=embeds,
            components=components,
            attachments=attachments,
            flags=(message.flags & ~flags & ~SUPPRESS_EMBEDS) | suppressed,
        )

    def refer(self, message: Message, form: Json) -> None:
        """Makes it a reply where the form says so."""
        reference = form.get("message_reference")
        if not reference:
            return
        first = message.channel.messages.get(str(reference["message_id"]))
        if first is None or first.deleted or first.ephemeral_to is not None:
            if reference.get("fail_if_not_exists", True):
                raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            return
        self.answer_to(message, first)

    def answer_to(self, message: Message, first: Message) -> None:
        """Makes a message a reply to another one."""
        guild = message.channel.guild
        message.type, message.referenced = 19, first
        message.reference = {"type": 0, "channel_id": first.channel.id, "message_id": first.id}
        message.reference |= {"guild_id": guild.id} if guild else {}

    def twin(self, nonce: str | int) -> Message | None:
        """The bot's message of the last minutes that has this nonce."""
        found = self.nonces.get(nonce)
        return found if found is not None and found.created_at > self.clock.now() - NONCE_SECONDS else None

    def _uploaded(self, form: Json, files: list[Upload]) -> list[Attachment]:
        if len(files) > MOST_FILES:
            raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
        if any(len(one.data) > FILE_BYTES for one in files):
            raise DiscordError(40005)
        described = {str(one.get("id")): one for one in form.get("attachments") or []}
        made = []
        for upload in files:
            about = described.get(upload.field.removeprefix("files[").removesuffix("]"), {})
            name = about.get("filename") or upload.filename
            attachment = self.new_attachment(name, upload.data, description=about.get("description"))
            attachment.ephemeral = bool((form.get("flags") or 0) & EPHEMERAL)
            made.append(attachment)
        return made

    def _kept(self, message: Message, form: Json) -> list[Attachment]:
        """Without a list all attachments stay; with one, those that it names."""
        if form.get("attachments") is None:
            return message.attachments
        kept = {str(one.get("id")) for one in form["attachments"]}
        return [one for one in message.attachments if one.id in kept]
