"""Links to one page are one document, whatever they look like, and go when the last of them goes."""

import asyncio

import pytest

from core import catalogues, origins
from core.errors import Refused, SaseoError, Unavailable
from core.links import Looked
from core.shares import Share, within
from core.types import Scope
from tests.unit.knowing import GENERAL, RANDOM, SECRET, TEAM, documents, known, share
from tests.unit.linking import PAGE, TEXT, core_of, named, urls, web_of


@pytest.mark.parametrize(
    "other", [f"{PAGE}#part", f"{PAGE}?utm_source=slack", f" {PAGE}?fbclid=1#x ", "HTTPS://EXAMPLE.com:443/docs/leave"]
)
async def test_one_page_is_one_document_however_its_link_was_found(other: str) -> None:
    core = core_of({PAGE: TEXT.encode()})
    first = await core.library.add_link(other)
    assert (first.document.url, first.document.origin) == (PAGE, f"link:{PAGE}")
    assert not (await core.library.add_link(PAGE)).changed
    assert await urls(core) == {PAGE}


async def test_an_index_page_is_its_folder_and_is_fetched_as_it_was_written() -> None:
    index = "https://example.com/docs/index.html"
    core = core_of({index: TEXT.encode()})
    document = (await core.library.add_link(index)).document
    assert (document.url, document.origin) == (index, "link:https://example.com/docs/")
    assert (await core.library.refresh(document)).reason is None
    web = web_of(core)
    web.pages["https://example.com/docs/"] = TEXT.encode()
    assert not (await core.library.add_link("https://example.com/docs/")).changed
    assert await urls(core) == {"https://example.com/docs/"}


async def test_a_document_that_is_there_keeps_its_origin() -> None:
    old = f"{PAGE}?utm_source=mail"
    core = core_of({PAGE: TEXT.encode()})
    written = Looked(old, f"slack:T1:link:{old}", await web_of(core).fetch(PAGE))
    before = await core.library.add_looked(written, scope=TEAM)
    again = await core.knowledge.share_link(old, scope=TEAM, share=share(item=old))
    assert (again.document.id, again.document.origin) == (before.document.id, written.origin)
    assert not again.changed
    await core.knowledge.unshare(within(GENERAL))
    assert await documents(core) == []


async def test_a_page_is_known_under_the_address_that_it_says_it_has() -> None:
    printed, other = f"{PAGE}/print", f"{PAGE}?view=wide"
    core = core_of({PAGE: named(PAGE), printed: named(PAGE), other: named(PAGE)})
    for url in (printed, other, PAGE):
        assert (await core.library.add_link(url)).document.url == PAGE
    assert await urls(core) == {PAGE}


async def test_what_is_kept_is_what_stands_at_the_address_that_was_named() -> None:
    """Whoever may write one page of a site cannot have it taken for another one."""
    mine = "https://example.com/~mallory/leave"
    core = core_of({PAGE: named(PAGE), mine: named(PAGE, TEXT) + b"\n\nHi!"})
    assert (await core.library.add_link(mine)).document.url == PAGE
    ((_, passages),) = [one async for one in core.library.shelved()]
    assert not any("Hi!" in passage.text for passage in passages)


@pytest.mark.parametrize(
    "there",
    [
        named(PAGE, "The office opens at nine, and on Fridays at ten."),
        b"\xff\xfe",
        Refused("fetch.gone"),
        Unavailable("fetch.slow", host="example.com", seconds=1),
    ],
)
async def test_pages_that_differ_stay_apart_whatever_they_say(there: bytes | SaseoError) -> None:
    mine = "https://example.com/docs/parking"
    core = core_of({PAGE: there, mine: named(PAGE)})
    assert (await core.library.add_link(mine)).document.url == mine


async def test_a_site_that_names_its_home_page_for_every_page_keeps_them_apart() -> None:
    pages: dict[str, bytes | SaseoError] = {
        f"https://example.com/{name}": named("https://example.com/", f"Rule {name}: {TEXT}") for name in ("a", "b", "")
    }
    core = core_of(pages)
    for url in pages:
        await core.library.add_link(url)
    assert await urls(core) == set(pages)


async def test_a_redirect_that_only_respells_an_address_gives_its_name() -> None:
    plain, www = "http://example.com/docs/leave", "https://www.example.com/docs/leave/"
    core = core_of({www: TEXT.encode()}, {plain: www, PAGE: www})
    for url in (plain, PAGE, www):
        assert (await core.library.add_link(url)).document.url == www
    assert await urls(core) == {www}


async def test_a_redirect_to_another_page_leaves_the_link_its_name() -> None:
    """What `latest` means will be another page some day."""
    latest = "https://example.com/docs/latest"
    core = core_of({PAGE: TEXT.encode()}, {latest: PAGE})
    assert (await core.library.add_link(latest)).document.url == latest


async def test_the_address_that_was_named_may_be_spelled_anew_by_a_redirect() -> None:
    printed, final = f"{PAGE}/print", "https://www.example.com/docs/leave/"
    core = core_of({final: named(PAGE), printed: named(PAGE)}, {PAGE: final})
    assert (await core.library.add_link(printed)).document.url == final


async def test_a_file_is_read_where_its_plain_text_stands_and_cited_where_people_open_it() -> None:
    shown, raw = "https://github.com/o/r/blob/main/leave.md", "https://raw.githubusercontent.com/o/r/main/leave.md"
    core = core_of({raw: f"# Leave\n\n{TEXT}".encode()})
    added = await core.library.add_link(f"{shown}?plain=1#L3")
    assert (added.document.url, added.document.title) == (shown, "leave.md")
    assert not (await core.library.refresh(added.document)).changed
    web = web_of(core)
    assert set(web.fetched) == {raw}


async def test_links_to_one_page_in_two_messages_are_gone_with_the_last_of_them() -> None:
    printed, tracked = f"{PAGE}/print", f"{PAGE}?utm_source=x"
    core = core_of({PAGE: named(PAGE), printed: named(PAGE)})
    await core.knowledge.share_link(printed, scope=TEAM, share=share(message="1", item=printed))
    await core.knowledge.share_link(tracked, scope=TEAM, share=share(RANDOM, message="2", item=tracked))
    assert [document.origin for document in await documents(core)] == [f"slack:T1:link:{PAGE}"]
    assert await core.knowledge.unshare(within(GENERAL, message="1")) == []
    assert await known(core, TEAM)
    assert [document.url for document in await core.knowledge.unshare(within(RANDOM))] == [PAGE]
    assert await documents(core) == []
    assert await core.store.shares.orphans() == []


async def test_two_links_to_one_page_in_one_message_are_gone_when_both_are_taken_out() -> None:
    printed = f"{PAGE}/print"
    core = core_of({PAGE: named(PAGE), printed: named(PAGE)})
    for url in (printed, PAGE):
        await core.knowledge.share_link(url, scope=TEAM, share=share(item=url))

    async def standing_without(gone: str, shares: list[Share]) -> list[Share]:
        return [one for one in shares if one.item != gone]

    await core.knowledge.reconcile(within(GENERAL), lambda shares: standing_without(printed, list(shares)))
    assert await urls(core) == {PAGE}
    await core.knowledge.reconcile(within(GENERAL), lambda shares: standing_without(PAGE, list(shares)))
    assert await urls(core) == set()


async def test_a_page_moves_with_the_link_that_named_it_otherwise() -> None:
    printed = f"{PAGE}/print"
    core = core_of({PAGE: named(PAGE), printed: named(PAGE)})
    await core.knowledge.share_link(printed, scope=TEAM, share=share(SECRET, item=printed))
    private = Scope.channel(SECRET)
    assert await core.knowledge.rescope(within(SECRET), private) == 1
    assert [(one.url, one.scope) for one in await documents(core)] == [(PAGE, private)]


async def test_a_link_whose_message_goes_while_it_is_fetched_is_not_known() -> None:
    core = core_of({PAGE: TEXT.encode()})
    web = web_of(core)
    web.go_on.clear()
    sharing = asyncio.create_task(core.knowledge.share_link(PAGE, scope=TEAM, share=share(item=PAGE)))
    await web.asked.wait()
    await core.knowledge.unshare(within(GENERAL))
    web.go_on.set()
    with pytest.raises(Refused) as refused:
        await sharing
    assert refused.value.code == "knowledge.gone"
    assert await documents(core) == []
    assert list(await core.store.shares.under(within(GENERAL))) == []


@pytest.mark.parametrize("url", [PAGE, f"{PAGE}?utm_source=x"])
async def test_a_link_that_cannot_be_fetched_leaves_no_share(url: str) -> None:
    core = core_of({PAGE: Refused("fetch.login")})
    with pytest.raises(Refused):
        await core.knowledge.share_link(url, scope=TEAM, share=share(item=url))
    assert list(await core.store.shares.under(within(GENERAL))) == []
    assert await core.store.shares.orphans() == []


async def test_the_documents_of_an_origin_are_found_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "AT_ONCE", 1)
    core = core_of({PAGE: TEXT.encode(), f"{PAGE}2": TEXT.encode()})
    for url in (PAGE, f"{PAGE}2"):
        await core.library.add_link(url)
    catalogue = core.store.catalogue
    assert [one.url async for one in origins.documents_from(f"link:{PAGE}", catalogue)] == [PAGE]
    assert [one async for one in origins.documents_from("link:", catalogue)] == [
        one async for one, _ in core.library.shelved()
    ]
