"""Links to one Notion page are one, however they are spelled and on whatever host of Notion."""

import pytest

from core.canonical import address_of, name_of, respelled
from core.exports import export_of, fetched_from, heading_link
from core.notion.links import page_of

ID = "3f92ae505636427c897634a15b9f2892"
UUID = "3f92ae50-5636-427c-8976-34a15b9f2892"
OTHER = "8a586d253f984b85b48254da84465d23"
NAME = f"https://www.notion.so/{ID}"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (f"https://acme.notion.site/Leave-{ID}", f"https://acme.notion.site/{ID}"),
        (f"https://acme.notion.site/{ID}", f"https://acme.notion.site/{ID}"),
        (f"https://acme.notion.site/{ID}?pvs=4", f"https://acme.notion.site/{ID}"),
        (f"https://acme.notion.site/acme/Leave-and-rest-{ID}?source=copy_link", f"https://acme.notion.site/{ID}"),
        (f"https://ACME.notion.site./휴가-{ID.upper()}/", f"https://acme.notion.site/{ID}"),
        (f"http://acme.notion.site:80/%ED%9C%B4%EA%B0%80-{ID}", f"https://acme.notion.site/{ID}"),
        (f"https://www.notion.so/Leave-{ID}?pvs=4#{OTHER}", NAME),
        (f"https://www.notion.so/acme/Leave-{ID}", NAME),
        (f" https://www.notion.so/{UUID} ", NAME),
        (f"https://www.notion.so/acme/{OTHER}?v={OTHER}&p={ID}&pm=s", NAME),
        (f"https://notion.so/{ID}", NAME),
        (f"https://www.notion.com/Terms-{ID}", NAME),
        (f"https://app.notion.com/p/acme/Leave-{ID}", f"https://app.notion.com/p/{ID}"),
        (f"https://app.notion.so:443/p/{ID}", f"https://app.notion.so/p/{ID}"),
    ],
)
def test_a_page_is_known_by_its_id_and_cited_where_it_was_shared(url: str, address: str) -> None:
    assert address_of(url) == address
    assert address_of(address) == address
    assert name_of(url) == name_of(address) == NAME
    assert (export_of(url), fetched_from(address)) == (None, address)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.notion.site/",
        "https://acme.notion.site/handbook",
        f"https://acme.notion.site/Leave-{ID}0",
        f"https://notion.site/{ID}",
        f"https://a.b.notion.site/{ID}",
        f"https://acme.notion.site.example.com/{ID}",
        f"https://evilnotion.so/{ID}",
        f"https://api.notion.com/v1/pages/{ID}",
        f"https://www.notion.so/image/{ID}",
        f"https://www.notion.so/signed/{ID}",
        f"https://acme.notion.site/api/v3/{ID}",
        f"https://acme.notion.site:8443/{ID}",
        f"https://acme.notion.site:99999/{ID}",
        f"https://user@acme.notion.site/{ID}",
        f"ftp://acme.notion.site/{ID}",
        f"https://[acme.notion.site/{ID}",
        f"notion://www.notion.so/{ID}",
    ],
)
def test_other_addresses_are_no_pages_of_notion(url: str) -> None:
    assert page_of(url) is None


def test_a_page_that_was_opened_beside_a_database_is_that_page() -> None:
    page = page_of(f"https://www.notion.so/{OTHER}?v={ID}")
    peeked = page_of(f"https://www.notion.so/{OTHER}?p={ID}")
    assert page is not None
    assert peeked is not None
    assert (page.id, peeked.id, peeked.block) == (OTHER, ID, UUID)


def test_headings_are_linked_to_by_their_block() -> None:
    page = f"https://acme.notion.site/{ID}"
    assert heading_link(page, OTHER, media_type="text/html") == f"{page}#{OTHER}"


def test_another_host_of_notion_is_no_other_spelling_of_an_address() -> None:
    assert not respelled(f"https://acme.notion.site/{ID}", NAME)
