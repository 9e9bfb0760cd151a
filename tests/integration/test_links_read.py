"""Links are read end to end: fetched over the wire where their text stands, read, and cited where people open them."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.backends.reading.dispatch import read_file
from core.backends.web.fetch import WebFetcher
from core.errors import Refused
from core.ports import DocumentFilter
from core.sources import as_source
from core.types import PUBLIC, Audience, Document, Reading
from tests.fakes.network import Connector, Names
from tests.fakes.saseo import Core
from tests.fakes.site import CERTIFICATE, Site
from tests.integration.fetching import LIMIT

ID = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
DOC = f"https://docs.google.com/document/d/{ID}"
LEAVE = "Leave is 25 days a year, and whoever wants to take it tells the office a week before."
ELSEWHERE = "https://doc-0s-docstext.googleusercontent.com/export/abc"


class FileReader:
    """Reads in this process what the program reads in another one."""

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        return read_file(data, name=name, media_type=media_type)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Every site of the web at once."""
    async with Site(tls=True) as site:
        yield site


@asynccontextmanager
async def reading(site: Site) -> AsyncIterator[Core]:
    """A core whose connections all end at the site, after every check that they pass anywhere."""
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    trusting.check_hostname = False
    fetcher = WebFetcher(
        max_bytes=LIMIT, timeout=30, resolve=Names(), connector=Connector(detour=site.port), tls=trusting
    )
    async with fetcher:
        yield Core(fetcher=fetcher, reader=FileReader())


async def added(site: Site, url: str) -> Document:
    async with reading(site) as core:
        return (await core.library.add_link(url)).document


async def refusal(site: Site, url: str) -> str:
    with pytest.raises(Refused) as refused:
        await added(site, url)
    assert refused.value.text("en") != refused.value.text("ko")
    return refused.value.code


async def cited(core: Core, question: str = "leave days a year") -> str | None:
    """Where the best source for a question is opened."""
    found = await core.retrieval.search(question, audience=Audience.of(PUBLIC), limit=1)
    return as_source(1, found[0]).url


def asked(site: Site) -> list[tuple[str, str]]:
    """Host and path of every request but those for robots.txt."""
    return [(seen.headers["Host"], seen.path) for seen in site.seen if seen.path != "/robots.txt"]


async def test_a_file_on_github_is_read_raw_and_cited_at_its_heading(site: Site) -> None:
    shown = "https://github.com/o/r/blob/main/docs/handbook.md"
    site.page("/o/r/main/docs/handbook.md", f"# Handbook\n\nHello.\n\n## Leave & rest\n\n{LEAVE}\n")
    async with reading(site) as core:
        document = (await core.library.add_link(f"{shown}#L4")).document
        assert (document.url, document.title, document.media_type) == (shown, "Handbook", "text/markdown")
        assert await cited(core) == f"{shown}#leave--rest"
        assert not (await core.library.refresh(document)).changed
    assert set(asked(site)) == {("raw.githubusercontent.com", "/o/r/main/docs/handbook.md")}
    assert site.seen[0].headers["Host"] == "raw.githubusercontent.com", "robots.txt of the host that is asked"


async def test_a_google_document_is_exported_and_cited_at_its_heading(site: Site) -> None:
    site.redirect(f"/document/d/{ID}/export", ELSEWHERE)
    page = f"<html><head><title>Handbook</title></head><body><h1 id='h.8k2m'>Leave</h1><p>{LEAVE}</p></body></html>"
    site.page("/export/abc", page, Content_Type="text/html", Content_Disposition='attachment; filename="Handbook.html"')
    async with reading(site) as core:
        document = (await core.library.add_link(f"{DOC}/edit?usp=sharing#heading=h.1")).document
        assert (document.url, document.title) == (f"{DOC}/edit", "Handbook")
        assert await cited(core) == f"{DOC}/edit#heading=h.8k2m"
    assert asked(site)[0] == ("docs.google.com", f"/document/d/{ID}/export?format=html")


@pytest.mark.parametrize(
    "signing_in",
    ["https://accounts.google.com/v3/signin/identifier?continue=x", "https://accounts.google.com/ServiceLogin"],
)
async def test_a_google_document_that_is_not_shared_is_told_so(site: Site, signing_in: str) -> None:
    site.redirect(f"/document/d/{ID}/export", signing_in)
    assert await refusal(site, f"{DOC}/edit") == "links.google"
    site.status(f"/document/d/{ID}/export", 403)
    assert await refusal(site, f"{DOC}/edit") == "links.google"


async def test_a_sheet_is_read_as_its_link_names_it(site: Site) -> None:
    sheet = f"https://docs.google.com/spreadsheets/d/{ID}"
    site.page(f"/spreadsheets/d/{ID}/export", "Team,Days\nBlues,25\nReds,27\n", Content_Type="text/csv")
    document = await added(site, f"{sheet}/edit?usp=drive_link#gid=7")
    assert (document.url, document.media_type) == (f"{sheet}/edit#gid=7", "text/csv")
    assert document.title == f"{sheet}/edit"
    assert asked(site) == [("docs.google.com", f"/spreadsheets/d/{ID}/export?format=csv&gid=7")]


async def test_what_a_site_shuts_to_programs_is_not_exported_either(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /*/*/raw\n")
    site.page("/o/r/-/raw/main/a.md", LEAVE)
    assert await refusal(site, "https://gitlab.com/o/r/-/blob/main/a.md") == "fetch.robots"
    assert asked(site) == []


async def test_an_export_leads_to_no_private_address(site: Site) -> None:
    site.redirect(f"/document/d/{ID}/export", "http://169.254.169.254/latest/meta-data")
    assert await refusal(site, f"{DOC}/edit") == "fetch.private"
    assert await refusal(site, "http://10.0.0.8:8080/o/r/-/blob/main/a.md") == "fetch.private"
    assert len(asked(site)) == 1


async def test_a_notion_page_is_told_how_to_share(site: Site) -> None:
    shell = "<html><title>Notion</title><body><div id='notion-app'></div><script src=/a.js></script></body>"
    site.page("/Leave-0123", shell, Content_Type="text/html")
    assert await refusal(site, "https://example.notion.site/Leave-0123?pvs=4") == "links.notion"


async def test_pages_without_a_text_are_told_apart(site: Site) -> None:
    login = "<title>Sign in</title><form><input name=user><input type=password></form>"
    for path, page in (
        ("/login-form", login),
        ("/shell", "<body><div id=root></div><script src=/a.js></script>"),
        ("/cookies", "<body><p>Please enable cookies and try again.</p>"),
        ("/missing", "<title>404 Not Found</title><h1>Not Found</h1>"),
    ):
        site.page(path, f"<html>{page}</html>", Content_Type="text/html")
    host = "https://example.com"
    codes = [await refusal(site, f"{host}{path}") for path in ("/login-form", "/shell", "/cookies", "/missing")]
    assert codes == ["read.login", "read.script", "read.cookies", "fetch.gone"]


@pytest.mark.parametrize(
    "location",
    [
        "https://nid.naver.com/nidlogin.login?url=x",
        "https://team.cloudflareaccess.com/cdn-cgi/access",
        "https://login.microsoftonline.com/common/oauth2",
        "https://corp.okta.com/app/wiki/sso/saml",
        "https://adfs.example.com/x",
    ],
)
async def test_a_page_behind_a_sign_in_elsewhere_is_told(site: Site, location: str) -> None:
    site.redirect("/wiki", location)
    assert await refusal(site, "https://example.com/wiki") == "fetch.login"


async def test_links_to_one_page_are_one_document_cited_at_its_heading(site: Site) -> None:
    head = "<head><title>Handbook</title><link rel='canonical' href='https://example.com/handbook'></head>"
    page = (
        f"<html>{head}<body><h1 id='top'>Handbook</h1><section id='leave'><h2>Leave</h2><p>{LEAVE}</p></section></body>"
    )
    for path in ("/handbook", "/handbook/print"):
        site.page(path, page, Content_Type="text/html; charset=utf-8")
    site.redirect("/old", "/handbook")
    async with reading(site) as core:
        for path in ("/handbook/print?utm_source=chat", "/handbook#leave", "/handbook?fbclid=3"):
            document = (await core.library.add_link(f"https://example.com{path}")).document
            assert (document.url, document.title) == ("https://example.com/handbook", "Handbook")
        assert (await core.store.catalogue.page(DocumentFilter())).total == 1
        assert await cited(core) == "https://example.com/handbook#leave"
