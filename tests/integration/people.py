"""What people do with what they share, the same on Slack and Discord; Mina does it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from core.channels import ChannelSettings, Ingestion
from core.library import Added
from core.types import Document, Scope, Session
from tests.fakes.discord.permissions import Permission
from tests.fakes.saseo import Core
from tests.fakes.slack.state import Kind
from tests.integration.conformance import SECONDS, OnDiscord, OnSlack, Place, Platform

NOTHING = "Nothing but weather."
PAGE = "https://docs.example.com/leave"
ALONE = "Handbook"
"""The title of what is known before anybody shares something."""
VIEW = int(Permission.VIEW_CHANNEL)


def on_slack(there: Platform) -> OnSlack:
    assert isinstance(there, OnSlack)
    return there


def on_discord(there: Platform) -> OnDiscord:
    assert isinstance(there, OnDiscord)
    return there


def share(there: Platform, name: str, text: str, place: Place, *, words: str = "") -> Any:
    """She shares a file, and may say something with it; the message."""
    if isinstance(there, OnSlack):
        return there.fake.upload(name, text, channel=place.id, user=there.fake.mina, text=words)
    fake = on_discord(there).fake
    return fake.share(name, text, content=words, channel=place.id, user=fake.mina)


def share_all(there: Platform, files: dict[str, bytes | str], place: Place) -> Any:
    """She shares several files in one message; the message. She is alone there."""
    if isinstance(there, OnSlack):
        return there.fake.upload_all(files, channel=place.id)
    return on_discord(there).fake.say(channel=place.id, user=on_discord(there).fake.mina, files=files)


async def agree(there: Platform, question: Any) -> None:
    """She agrees that something is read."""
    if isinstance(there, OnSlack):
        await there.fake.press(question, "saseo_learn", user=there.fake.mina).settled()
    else:
        await on_discord(there).fake.press(question, "saseo:learn", user=on_discord(there).fake.mina).settled()


def share_again(there: Platform, message: Any, place: Place) -> Any:
    """She shares the same file elsewhere; the message there."""
    if isinstance(there, OnSlack):
        return there.fake.share_again(message.files[0], channel=place.id, user=there.fake.mina)
    (file,) = message.attachments
    return share(there, file.filename, file.data.decode(), place)


def post(there: Platform, url: str, place: Place) -> Any:
    """She posts a link; the message."""
    return say(there, f"look at {written(there, url)}", place)


def say(there: Platform, text: str, place: Place) -> Any:
    """She says something; the message."""
    if isinstance(there, OnSlack):
        return there.fake.say(text, channel=place.id, user=there.fake.mina)
    return on_discord(there).fake.say(text, channel=place.id, user=on_discord(there).fake.mina)


def written(there: Platform, url: str) -> str:
    """A link as it goes over the wire."""
    return f"<{url}>" if isinstance(there, OnSlack) else url


def called(there: Platform) -> str:
    """The bot's name as it goes over the wire."""
    return f"<@{there.fake.team.bot_user.id}>" if isinstance(there, OnSlack) else on_discord(there).fake.bot.mention


def preview(there: Platform, message: Any) -> None:
    """The platform adds a preview of a link: a change that nobody made."""
    assert isinstance(there, OnSlack | OnDiscord)
    there.fake.unfurl(message)


def edit(there: Platform, message: Any, text: str) -> None:
    """She writes something else in its place."""
    assert isinstance(there, OnSlack | OnDiscord)
    there.fake.edit(message, text)


def delete(there: Platform, message: Any) -> None:
    """She deletes it."""
    assert isinstance(there, OnSlack | OnDiscord)
    there.fake.delete(message)


def open_place(there: Platform, name: str = "plans") -> Place:
    """A channel of everybody."""
    if isinstance(there, OnSlack):
        return there._place(there.fake.new_channel(name).id)
    return on_discord(there)._place(on_discord(there).fake.new_channel(name).id)


def turn(there: Platform, place: Place, kind: Kind) -> None:
    """A channel is made private, or everybody's again."""
    if isinstance(there, OnSlack):
        there.fake.convert(place.id, kind)
        return
    fake = on_discord(there).fake
    everyone = fake.guild.roles[fake.guild.id]
    fake.overwrite(place.id, fake.bot, allow=VIEW)
    fake.overwrite(place.id, everyone, **({"deny": VIEW} if kind == "private" else {"allow": VIEW}))


async def moved(there: Platform, place: Place, kind: Kind) -> None:
    """Waits until what was shared there is for those who may read it now. In Discord it always is the channel's own,
    and the audience of an answer follows at once."""
    if not isinstance(there, OnSlack):
        return
    everybody = Scope.workspace("slack", there.fake.team.id)

    async def as_it_should() -> bool:
        return {one.scope for one in await documents(there.core)} == {place.scope if kind == "private" else everybody}

    await holds(as_it_should, what=f"documents of a {kind} channel", seconds=60)


async def renew(there: Platform, message: Any, text: str) -> None:
    """She puts another version in the place of a file. In Discord no file can be changed: the new one is shared, and
    the old one deleted."""
    if isinstance(there, OnSlack):
        there.fake.change_file(message.files[0], text)
        return
    share(there, message.attachments[0].filename, text, there._place(message.channel.id))  # type: ignore[attr-defined]
    await known(there.core, 2)
    delete(there, message)


async def choose(there: Platform, place: Place, ingestion: Ingestion) -> None:
    """What happens to what is shared in a channel."""
    await there.core.store.channels.put(place.session, ChannelSettings(ingestion=ingestion))


async def commanded(there: Platform, name: str, argument: str = "", *, place: Place, option: str = "") -> None:
    """She uses a command; on Discord its argument is an option."""
    if isinstance(there, OnSlack):
        await there.fake.command(f"/{name}", argument, channel=place.id, user=there.fake.mina).settled()
        return
    fake = on_discord(there).fake
    options = {option: True if argument == option else argument} if argument else {}
    await fake.slash(name, options, channel=place.id, user=fake.mina).settled()


async def documents(core: Core) -> list[Document]:
    """Everything that was shared."""
    return [one async for one, _ in core.library.shelved() if one.title != ALONE]


async def known(core: Core, count: int) -> list[Document]:
    """Waits until just so many documents are known."""

    async def there() -> bool:
        return len(await documents(core)) == count

    await holds(there, what=f"{count} documents")
    return await documents(core)


async def holds(look: Callable[[], Awaitable[bool]], *, what: str, seconds: float = SECONDS) -> None:
    """Waits until something holds."""
    for _ in range(int(seconds / 0.02)):
        if await look():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


async def handed_in(core: Core, text: str, place: Place) -> Added:
    """A document of everybody in a channel says this now."""
    return await core.library.add_text(text, title="Leave", origin="test:leave", scope=place.scope)


async def rewritten(there: Platform, text: str) -> None:
    """A document of everybody says this now, and what follows from it is followed up."""
    await handed_in(there.core, text, there.general)
    await there.core.following().settle()


async def kept_of(core: Core, gone: Document, session: Session, *, said: str) -> list[str]:
    """What is kept anywhere of a document that went, and of answers in a channel that `said` something of it."""
    kept = [f"document {one.title}" for one in await documents(core)]
    for index in (core.dense, core.lexical):
        # One passage is that of the document which was there before.
        kept += [f"{type(index).__name__}"] * (await index.count() - 1)
    rows = core.store.answers.questions.values()
    kept += [f"an answer to {row.text}" for row in rows if gone.id in {one.document_id for one in row.citations}]
    kept += [f"what was answered to {row.text}" for row in rows if said in row.answer and row.session == session]
    return kept
