"""What is shared in Discord: accepted before it is read, read, and told of once."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from adapters.discord.answering import first_locale
from adapters.discord.api import Declined, Expired, Unclear
from adapters.discord.around import Around
from adapters.discord.components import LEARN, component_id
from adapters.discord.downloading import Downloads
from adapters.discord.escaping import harmless
from adapters.discord.inbound import Asked
from adapters.discord.mailbox import Mailbox
from adapters.discord.messages import Messages
from adapters.discord.offering import TEXT, attachment_of, items_of
from adapters.discord.outbound import Button, Post, linked
from adapters.discord.reactions import Reactions
from adapters.discord.standing import Standing
from adapters.discord.wording import address, learn_words
from adapters.ending import WAITS as DELIVERY_WAITS
from adapters.learning import GONE, MOST_ATTEMPTS, Content, Learning
from adapters.sharing import NAME_LIMIT, Decision, Item, Manners, Offer, Outcome, decide, few, question, refused, told
from core.channels import ChannelSettings
from core.errors import Refused, SaseoError, Unavailable
from core.inbox import Accepted
from core.messages import render
from core.saseo import Saseo
from core.shares import within
from core.types import Scope

log = logging.getLogger(__name__)

ASKED_AN_HOUR = 6
"""Questions whether to read something, in a channel: everybody there sees them."""


@dataclass(slots=True)
class Shelving:
    """Knowledge that lives where it was shared, for one bot."""

    saseo: Saseo
    api: Messages
    around: Around
    learning: Learning
    downloads: Downloads
    standing: Standing
    holder: str
    clock: Callable[[], datetime]
    start: Callable[[Accepted], "asyncio.Task[None]"]
    full: Callable[[], bool]
    manners: Manners = field(default_factory=lambda: Manners(asked=ASKED_AN_HOUR))
    reactions: Reactions = field(init=False)
    _seen: dict[str, int] = field(default_factory=dict)
    """The moments at which the offers that wait were accepted."""

    def __post_init__(self) -> None:
        self.reactions = Reactions(self.api)

    async def accept(self, offer: Offer) -> "asyncio.Task[None] | None":
        """Keeps an offer and begins with it. None when it was accepted before, or is left alone."""
        item = await self.keep(offer)
        return None if item is None else self.start(item)

    async def keep(self, offer: Offer) -> Accepted | None:
        """Keeps an offer. None when it was accepted before, or is left alone. Raises Unavailable."""
        if not offer.asked:
            settings = await self._settings(Asked.load(offer.more["asked"]))
            if not settings.enabled or settings.ingestion == "off" or not self.manners.read(offer):
                return None
        if self.full():
            raise Unavailable("chat.busy")
        item = Accepted(offer.id, offer.id, offer.dump())
        if not await self.saseo.inbox.accept(item, holder=self.holder):
            return None
        self._seen[offer.id] = self.learning.forgetting.vanished.moment
        return item

    async def known(self, offer: Offer) -> frozenset[str]:
        """The items that are known as shared in the message of an offer. Raises Unavailable."""
        shared = await self.saseo.knowledge.shared(within(offer.session, message=offer.message))
        return frozenset(one.item for one in shared)

    async def answer(self, item: Accepted) -> None:
        """Reads what was offered, or asks whether to; tells it, and finishes it."""
        offer = Offer.load(item.body)
        asked = Asked.load(offer.more["asked"])
        seen = self._seen.pop(offer.id, None)
        since = self.learning.forgetting.vanished.moment if seen is None else seen
        if item.answer is not None:
            await self._deliver(item, asked, Post.load(item.answer))
        elif seen is not None or await self.standing.stands(offer, asked):
            await self._decided(item, offer, asked, since=since)
        await self.saseo.inbox.finish(item.id)

    async def _decided(self, item: Accepted, offer: Offer, asked: Asked, *, since: int) -> None:
        decision = await self._decision(offer, asked)
        if decision == "ask" and self.manners.ask(offer):
            label = render("sharing.add", first_locale(asked))
            text = harmless(question(offer, first_locale(asked)))
            button = Button(component_id(LEARN, offer.message), label, style="primary")
            await self._say(item, asked, Post(text, (button,)))
        elif decision == "read":
            await self.reactions.begin(asked, offer.message)
            offer = await self._looked(offer, asked)
            outcomes = await self._outcomes(item, offer, asked, since=since)
            await self._tell(item, offer, asked, outcomes)
            await self.reactions.end(asked, offer.message, known=any(outcome.read for outcome in outcomes))

    async def _settings(self, asked: Asked) -> ChannelSettings:
        return await self.saseo.channels.get(asked.session())

    async def _decision(self, offer: Offer, asked: Asked) -> Decision:
        return decide(offer, await self._settings(asked), kind=await self.around.kind(asked))

    async def _looked(self, offer: Offer, asked: Asked) -> Offer:
        """An offer whose items stand in a message that nobody has looked at yet."""
        if not offer.more.get("look"):
            return offer
        try:
            heard = await self.api.look(asked.target, offer.message)
        except (Declined, Unclear) as error:
            log.info("there is nothing to be read any more: %s", error)
            return offer
        items, left_out = few(items_of(heard))
        return replace(offer, items=items, left_out=left_out)

    async def _outcomes(self, item: Accepted, offer: Offer, asked: Asked, *, since: int) -> list[Outcome]:
        if item.attempt > MOST_ATTEMPTS:
            return await self.learning.set_aside(offer, times=item.attempt - 1)

        async def fetch(one: Item) -> Content:
            attachment = attachment_of(one)
            message = offer.message if offer.message.isdigit() else ""
            try:
                data = await self.downloads.fetch(attachment, channel=asked.target, message=message)
            except Refused:
                if await self.standing.stands(replace(offer, items=(one,)), asked):
                    raise
                # Nobody need be told of what somebody took away.
                raise Refused(GONE, name=one.name) from None
            url = address(offer.session, message) if message else None
            return Content(data, one.name, attachment.media_type or None, url=url)

        async def scope() -> Scope:
            return await self.around.directory.shelf(asked)

        words = await self._words(offer, await scope())
        return [*words, *await self.learning.read(offer, fetch=fetch, scope=scope, since=since, attempt=item.attempt)]

    async def _words(self, offer: Offer, scope: Scope) -> list[Outcome]:
        """A message itself, where somebody wants it to be known."""
        words = str(offer.more.get("words", ""))
        if not words:
            return []
        item = Item("link", TEXT, words[:NAME_LIMIT])
        try:
            added = await learn_words(
                self.saseo.knowledge, words, session=offer.session, message=offer.message, scope=scope
            )
        except SaseoError as error:
            return [Outcome(item, refusal=error)]
        found = added.document
        return [Outcome(item, found.title, found.passage_count, added.changed, found.id)]

    async def _tell(self, item: Accepted, offer: Offer, asked: Asked, outcomes: Sequence[Outcome]) -> None:
        locale = first_locale(asked)
        private = asked.way == "private"
        text = whole(outcomes, offer, locale) if private else told(outcomes, offer, locale)
        if not text and asked.token:
            text = render("discord_sharing.gone", locale)
        if text and (asked.token or self.manners.tell(offer)):
            await self._say(item, asked, Post(harmless(text)))

    async def _say(self, item: Accepted, asked: Asked, post: Post) -> None:
        await self.saseo.inbox.written(item.id, post.dump())
        await self._deliver(item, asked, post)

    async def _deliver(self, item: Accepted, asked: Asked, post: Post) -> None:
        mailbox = Mailbox(
            self.api,
            self.saseo.inbox,
            asked,
            self.clock,
            private=asked.way == "private",
            messages=[name.rpartition(":")[2] for name in item.messages],
            again=item.attempt > 1,
        )
        await deliver(mailbox, [post])


async def deliver(mailbox: Mailbox, posts: Sequence[Post]) -> None:
    """Makes these the messages of a mailbox, however long Discord is away; where it is refused, it is left."""
    for wait in DELIVERY_WAITS:
        try:
            await _delivered(mailbox, posts)
        except Unclear as error:
            log.warning("a message could not be delivered yet: %s", error)
            mailbox.again = True
            await asyncio.sleep(wait)
        except Declined as error:
            log.warning("a message cannot be delivered: %s", error)
            return
        else:
            return


async def _delivered(mailbox: Mailbox, posts: Sequence[Post]) -> None:
    try:
        await mailbox.deliver(posts)
    except Expired:
        if mailbox.private:
            raise
        # From here on it stands in the channel.
        await mailbox.deliver(posts)


def whole(outcomes: Sequence[Outcome], offer: Offer, locale: str) -> str:
    """What became of what a command brought, for whoever gave it."""
    lines = [
        render("discord_desk.added", locale, title=linked(outcome.title, None))
        if outcome.refusal is None
        else refused(outcome.item.name, outcome.refusal, locale)
        for outcome in outcomes
        if outcome.read or outcome.refusal is not None
    ]
    if any(outcome.read for outcome in outcomes):
        lines.append(f"-# {render('discord_desk.added_how', locale)}")
    return "\n".join(lines)[:1900] if lines else told(outcomes, offer, locale)
