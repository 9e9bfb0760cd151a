"""Reading what was shared, whatever happens to it meanwhile."""

from adapters.forgetting import REMEMBERED, Forgetting, Vanished
from adapters.learning import Content, Learning, origin_of
from adapters.refusals import KEPT, ChannelBook
from adapters.sharing import Item, Offer
from core.channels import ChannelSettings
from core.errors import Refused, Unavailable
from core.shares import Share, within
from core.types import Scope, Session
from tests.fakes.saseo import Core
from tests.unit.knowing import documents

PLACE = Session("slack", "T1", "C1")
TEAM = Scope.workspace("slack", "T1")
OWN = Scope.channel(PLACE)
FILE = Item("file", "F1", "handbook.txt")
OFFER = Offer("slack:T1:C1:1+share", PLACE, "1", "U1", (FILE,))


def learning(core: Core) -> Learning:
    book = ChannelBook(core.channels, lambda: core.now)
    return Learning(Forgetting(core.knowledge, book), waits=(0.0, 0.0))


async def fetch(item: Item) -> Content:
    return Content(b"Leave is 15 days.", item.name)


async def team() -> Scope:
    """Who may read."""
    return TEAM


async def test_what_goes_while_it_is_fetched_is_not_read() -> None:
    core = Core()
    one = learning(core)

    async def gone(item: Item) -> Content:
        await one.forgetting.message(PLACE, "1")
        return await fetch(item)

    (outcome,) = await one.read(OFFER, fetch=gone, scope=team, since=0)
    assert not outcome.read
    assert outcome.refusal is None
    assert not await documents(core)


async def test_what_goes_before_its_share_is_noted_is_forgotten() -> None:
    core = Core()
    one = learning(core)
    share_file = core.knowledge.share_file

    async def late(*arguments: object, **more: object) -> object:
        await one.forgetting.message(PLACE, "1")
        return await share_file(*arguments, **more)  # type: ignore[arg-type]

    core.knowledge.share_file = late  # type: ignore[assignment, method-assign]
    (outcome,) = await one.read(OFFER, fetch=fetch, scope=team, since=0)
    assert not outcome.read
    assert not await documents(core)


async def test_readers_that_change_meanwhile_are_the_ones_that_count() -> None:
    core = Core()
    scopes = [TEAM, OWN]

    async def scope() -> Scope:
        return scopes.pop(0)

    (outcome,) = await learning(core).read(OFFER, fetch=fetch, scope=scope, since=0)
    assert outcome.read
    assert [document.scope for document in await documents(core)] == [OWN]


async def test_what_is_away_is_tried_again_and_then_told() -> None:
    core = Core()
    left = 2

    async def flaky(item: Item) -> Content:
        nonlocal left
        if left:
            left -= 1
            raise Unavailable("chat.busy")
        return await fetch(item)

    (outcome,) = await learning(core).read(OFFER, fetch=flaky, scope=team, since=0)
    assert outcome.read
    left = 9
    (outcome,) = await learning(core).read(OFFER, fetch=flaky, scope=team, since=0)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "chat.busy"


async def test_a_channel_that_came_back_is_read_in_again() -> None:
    vanished = Vanished()
    share, origin = OFFER.share(FILE), origin_of(FILE, PLACE)
    vanished.note(within(PLACE))
    assert vanished.has(share, origin=origin, since=0)
    assert not vanished.has(share, origin=origin, since=vanished.moment)
    vanished.note(origin)
    assert vanished.has(share, origin=origin, since=vanished.moment), "a file never comes back"
    vanished.note(within(PLACE, message="2"), kept={"F1"})
    other = Share(PLACE, "2", "F2")
    assert vanished.has(other, origin="x", since=0)
    assert not vanished.has(Share(PLACE, "2", "F1"), origin="x", since=vanished.moment)


async def test_what_vanished_long_ago_is_not_remembered_for_ever() -> None:
    vanished = Vanished()
    for number in range(REMEMBERED + 1):
        vanished.note(f"slack:T1:file:F{number}")
    assert not vanished.has(OFFER.share(FILE), origin="slack:T1:file:F0", since=0)
    assert vanished.has(OFFER.share(FILE), origin="slack:T1:file:F1", since=0)


async def test_refusals_are_kept_for_a_channel_and_go_with_what_they_are_about() -> None:
    core = Core()
    one = learning(core)
    book = one.forgetting.book
    await core.store.channels.put(PLACE, ChannelSettings(ingestion="auto", more={"other": 1}))
    for number in range(KEPT + 2):
        share = Share(PLACE, str(number), "F1")
        await book.refused(share, f"{number}.zip", Refused("read.archive", name=f"{number}.zip", kind="ZIP"))
    await book.refused(Share(PLACE, "99", "F9"), "odd", Refused("a.code.that.nobody.knows"))
    listed = await book.listed(PLACE)
    assert len(listed) == KEPT - 1
    assert listed[0].text("en").startswith(f"*{KEPT + 1}.zip* is an archive")
    await one.forgetting.message(PLACE, str(KEPT + 1))
    assert len(await book.listed(PLACE)) == KEPT - 2
    await one.forgetting.channel(PLACE)
    assert not await book.listed(PLACE)
    settings = await core.store.channels.get(PLACE)
    assert settings.ingestion == "auto"
    assert settings.more["other"] == 1


async def test_what_is_given_up_is_noted() -> None:
    core = Core()
    one = learning(core)
    (outcome,) = await one.set_aside(OFFER, times=5)
    assert outcome.refusal is not None
    assert len(await one.forgetting.book.listed(PLACE)) == 1


async def test_what_was_read_before_a_crash_but_not_told_is_told_as_read() -> None:
    core = Core()
    (first,) = await learning(core).read(OFFER, fetch=fetch, scope=team, since=0)
    (again,) = await learning(core).read(OFFER, fetch=fetch, scope=team, since=0)
    (crashed,) = await learning(core).read(OFFER, fetch=fetch, scope=team, since=0, attempt=2)
    assert [first.changed, again.changed, crashed.changed] == [True, False, True]
