"""What is shared in Slack: accepted before it is acknowledged, read, told of once, and forgotten when it goes."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.ending import WAITS as DELIVERY_WAITS
from adapters.forgetting import Forgetting
from adapters.learning import MOST_ATTEMPTS, Learning
from adapters.sharing import Decision, Manners, Offer, Outcome, decide, question, told
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.escaping import escaped, harmless
from adapters.slack.files import Files
from adapters.slack.inbound import Asked, Body, Me, Rules
from adapters.slack.mailbox import Mailbox, Server
from adapters.slack.membership import Membership
from adapters.slack.news import (
    LEARN,
    Chosen,
    Deleted,
    Edited,
    FileChanged,
    FileGone,
    Left,
    Pressed,
    Readers,
    read_news,
    renewed,
)
from adapters.slack.offering import value_of
from adapters.slack.outbound import Post, section
from adapters.slack.reactions import Reactions
from adapters.slack.replies import Replies, Told
from adapters.slack.standing import Standing
from adapters.slack.wording import learn_words, words_origin
from core.audience import Kind, shelf
from core.errors import SaseoError, Unavailable
from core.inbox import Accepted
from core.messages import render
from core.saseo import Saseo
from core.types import Scope

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that a question waits for the files that came with it."""
FRESH_SECONDS = 5.0
KINDS: Mapping[str, Kind] = {"channel": "public", "group": "private", "im": "direct", "mpim": "direct"}


@dataclass(slots=True)
class Shelving:
    """Knowledge that lives where it was shared, for one workspace."""

    saseo: Saseo
    api: Api
    me: Me
    rules: Rules
    membership: Membership
    replies: Replies
    learning: Learning
    files: Files
    standing: Standing
    holder: str
    start: Callable[[Accepted], object]
    full: Callable[[], bool]
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    clock: Callable[[], datetime]
    manners: Manners = field(default_factory=Manners)
    reactions: Reactions = field(init=False)
    server: Server = field(default_factory=Server)
    _seen: dict[str, int] = field(default_factory=dict)
    """The moments at which the offers that wait were accepted."""
    _under_way: dict[str, asyncio.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reactions = Reactions(self.api)

    @property
    def forgetting(self) -> Forgetting:
        """Forgets for this platform."""
        return self.learning.forgetting

    async def hear(self, body: Body) -> bool:
        """Takes in what a body tells of what is shared; whether it tells of nothing else.

        What goes is forgotten before this returns. Raises Unavailable; then it must be told again.
        """
        news = read_news(body, me=self.me, rules=self.rules)
        if isinstance(news, Offer):
            await self.accept(news)
        elif isinstance(news, Pressed):
            await self.accept(news.offer)
            self.spawn(self._take_away(news.response_url))
            return True
        elif isinstance(news, Edited):
            await self._edited(news)
        elif isinstance(news, Chosen):
            await self.accept(news.offer)
            return not news.words
        elif isinstance(news, Deleted):
            await self.forgetting.message(news.session, news.message)
        elif isinstance(news, Left):
            self.standing.scopes.pop(news.session.channel, None)
            await self.forgetting.channel(news.session)
        elif isinstance(news, FileGone):
            await self.forgetting.file(f"slack:{self.me.team}:file:{news.id}")
        elif isinstance(news, FileChanged):
            await self._file_changed(news)
        elif isinstance(news, Readers):
            self._readers_changed(news.channel)
        return False

    async def _edited(self, news: Edited) -> None:
        forgotten = await self.forgetting.message(news.session, news.message, kept=news.kept)
        words = words_origin(news.session, news.message)
        if news.text and any(document.origin == words for document in forgotten):
            self.spawn(self._words_again(news))
        if news.fresh is not None:
            await self.accept(news.fresh)

    async def _file_changed(self, news: FileChanged) -> None:
        """Where a file is known its new content is to be known, without a word."""
        for share in await self.saseo.knowledge.places(f"slack:{self.me.team}:file:{news.id}"):
            await self.accept(renewed(share, news, me=self.me))

    async def _words_again(self, news: Edited) -> None:
        """What was known as the words of a message is what it says now."""
        channel = news.session.channel
        place = Asked("", "command", self.me.team, channel, "", news.text or "", news.message)
        try:
            await learn_words(self.saseo, self.api, self.membership, place, news.message)
        except SaseoError as error:
            log.warning("the words of %s:%s are not known any more: %s", news.session, news.message, error.code)

    async def accept(self, offer: Offer) -> bool:
        """Keeps an offer and begins with it. False when it was accepted before, or is left alone."""
        if not offer.asked:
            settings = await self.saseo.channels.get(offer.session)
            if not settings.enabled or settings.ingestion == "off" or not self.manners.read(offer):
                return False
        if self.full():
            raise Unavailable("chat.busy")
        item = Accepted(offer.id, offer.id, offer.dump())
        fresh = await self.saseo.inbox.accept(item, holder=self.holder)
        if fresh:
            self._seen[offer.id] = self.forgetting.vanished.moment
            self._under_way[offer.id] = asyncio.Event()
            self.start(item)
        return fresh

    async def answer(self, item: Accepted) -> None:
        """Reads what was offered, or asks whether to; tells it, and finishes it."""
        offer = Offer.load(item.body)
        asked = Asked.load(offer.more["asked"])
        under_way = self._under_way.setdefault(offer.id, asyncio.Event())
        try:
            await self._answered(item, offer, asked)
        finally:
            under_way.set()
            self._under_way.pop(offer.id, None)

    async def settled(self, question: str) -> None:
        """Returns when what was shared in the message of a question is read, or when that takes too long."""
        under_way = [event for name, event in self._under_way.items() if name.startswith(f"{question}+share")]
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(event.wait() for event in under_way))

    async def _answered(self, item: Accepted, offer: Offer, asked: Asked) -> None:
        seen = self._seen.pop(offer.id, None)
        since = self.forgetting.vanished.moment if seen is None else seen
        done = True
        if item.answer is not None:
            done = await self._deliver(item, asked, item.answer)
        elif (seen is not None and not self._is_old(offer)) or await self.standing.stands(offer):
            done = await self._decided(item, offer, asked, since=since)
        if done:
            await self.saseo.inbox.finish(item.id)

    def _is_old(self, offer: Offer) -> bool:
        """Whether its message may be gone: Slack tells of a message once more, perhaps after its deletion was told."""
        return bool(offer.more.get("old")) or self.clock().timestamp() - float(offer.message) > FRESH_SECONDS

    async def _decided(self, item: Accepted, offer: Offer, asked: Asked, *, since: int) -> bool:
        """Whether nothing is owed any more."""
        decision = await self._decision(offer, asked)
        if decision == "ask" and self.manners.ask(offer):
            await self._ask(item, offer, asked)
        if decision != "read":
            return True
        if offer.more.get("quiet"):
            await self._outcomes(item, offer, asked, since=since)
            return True
        outcomes, _ = await asyncio.gather(self._outcomes(item, offer, asked, since=since), self.reactions.begin(asked))
        return await self._tell(item, offer, asked, outcomes)

    async def _decision(self, offer: Offer, asked: Asked) -> Decision:
        settings = await self.saseo.channels.get(offer.session)
        kind = KINDS.get(asked.kind)
        if kind is None and not offer.asked:
            kind = (await self.membership.place(asked)).kind
        return decide(offer, settings, kind=kind or "private")

    async def _outcomes(self, item: Accepted, offer: Offer, asked: Asked, *, since: int) -> list[Outcome]:
        if item.attempt > MOST_ATTEMPTS:
            return await self.learning.set_aside(offer, times=item.attempt - 1)

        async def scope() -> Scope:
            return await self.scope(asked)

        return await self.learning.read(offer, fetch=self.files.fetch, scope=scope, since=since, attempt=item.attempt)

    async def scope(self, asked: Asked) -> Scope:
        """Who may read what is shared at a place."""
        self.standing.scopes.setdefault(asked.channel, None)
        return shelf(await self.membership.place(asked))

    async def _tell(self, item: Accepted, offer: Offer, asked: Asked, outcomes: list[Outcome]) -> bool:
        text = told(outcomes, offer, await self.membership.locale(offer.author))
        known = any(outcome.read for outcome in outcomes)
        if not text or not self.manners.tell(offer):
            await self.reactions.end(asked, known=known)
            return True
        answer = {**shown(text).dump(), "known": known}
        await self.saseo.inbox.written(item.id, answer)
        return await self._deliver(item, asked, answer)

    async def _ask(self, item: Accepted, offer: Offer, asked: Asked) -> None:
        """Asks whoever shared it, so that nobody else is bothered."""
        already = Told.of(item, self.saseo.inbox)
        if already.numbers:
            return
        locale = await self.membership.locale(offer.author)
        text = shown(question(offer, locale))
        label = {"type": "plain_text", "text": render("sharing.add", locale)}
        button = {"type": "button", "action_id": LEARN, "text": label, "value": value_of(offer)}
        await self.replies.whisper(asked, text.text, blocks=(*text.blocks, {"type": "actions", "elements": [button]}))
        await already.note(0)

    async def _take_away(self, response_url: str) -> None:
        try:
            await self.replies.withdraw(response_url)
        except (Declined, Unclear) as error:
            log.info("a question stays where it was asked: %s", error)

    async def _deliver(self, item: Accepted, asked: Asked, answer: Mapping[str, Any]) -> bool:
        """Makes it stand in the thread, once; whether nothing is owed any more."""
        known = [name.rpartition(":")[2] for name in item.messages]
        claims = item.posting == asked.place
        mailbox = Mailbox(
            self.api, self.saseo.inbox, self.server, self.me, asked, known, again=item.attempt > 1, claims=claims
        )
        delivered = await deliver(mailbox, [Post.load(answer)])
        await self.reactions.end(asked, known=answer["known"])
        return delivered

    def _readers_changed(self, channel: str) -> None:
        if channel:
            self.membership.forget_channel(channel)
            if channel in self.standing.scopes:
                self.standing.scopes[channel] = None
                self.spawn(self.standing.look_at(channel))
        else:
            self.standing.people_changed()


async def deliver(mailbox: Mailbox, posts: Sequence[Post]) -> bool:
    """Makes these the messages of a mailbox. False when Slack was away so long that it is left to the next start; what
    Slack refuses is not tried again."""
    for wait in DELIVERY_WAITS:
        try:
            await mailbox.deliver(posts)
        except Unclear as error:
            log.warning("a message could not be delivered yet: %s", error)
            mailbox.again = True
            await asyncio.sleep(wait)
        except Declined as error:
            log.warning("a message cannot be delivered: %s", error)
            return True
        else:
            return True
    return False


def shown(text: str) -> Post:
    """A text of ours in Slack's own markup."""
    marked = harmless(escaped(text))
    return Post(marked, (section(marked),))
