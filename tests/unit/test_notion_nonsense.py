"""Whatever is answered in the place of a Notion page, it is read, refused or waited for; nothing else happens."""

import json
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused
from core.notion.links import NotionPage
from core.notion.pages import MOST_REQUESTS, NotionPages
from core.ports import Fetched
from tests.fakes.notion import bare, uuid

PAGE = NotionPage("acme.notion.site", bare(1))
WORDS = st.sampled_from(
    ["", "x", "\n", "‣", "⁍", "none", "Yes", "a", "p", "e", "d", "/x", "https://a.example/", "\ud800"]
)
IDS = st.integers(0, 6).map(uuid)
KINDS = st.sampled_from(
    "page text header bulleted_list numbered_list to_do toggle quote code table table_row alias column image divider "
    "transclusion_reference collection_view collection_view_page external_object_instance bookmark".split()
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | IDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | IDS, inner, max_size=4),
    max_leaves=12,
)
MARK = st.tuples(st.sampled_from(["a", "p", "e", "d", "lm", "eoi", "b"]), ANY).map(list)
TEXT = st.lists(st.tuples(WORDS, st.lists(MARK | ANY, max_size=2)).map(list) | ANY, max_size=3) | ANY
POINTER = st.fixed_dictionaries({"id": IDS | ANY})
FORMAT = st.fixed_dictionaries(
    {},
    optional={
        "transclusion_reference_pointer": POINTER | ANY,
        "alias_pointer": POINTER | ANY,
        "collection_pointer": POINTER | ANY,
        "table_block_column_order": st.lists(WORDS) | ANY,
        "table_block_column_header": ANY,
        "display_source": ANY,
        "attributes": ANY,
        "uri": ANY,
    },
)
BLOCK = st.fixed_dictionaries(
    {"type": KINDS | ANY},
    optional={
        "content": st.lists(IDS | ANY, max_size=5) | ANY,
        "properties": st.dictionaries(st.sampled_from(["title", "checked", "source", "x", "language"]), TEXT) | ANY,
        "format": FORMAT | ANY,
        "alive": ANY,
        "collection_id": IDS | ANY,
        "view_ids": st.lists(IDS | ANY, max_size=2) | ANY,
        "space_id": ANY,
    },
)
RECORD = (
    st.fixed_dictionaries({"value": BLOCK})
    | st.fixed_dictionaries({"value": st.fixed_dictionaries({"value": BLOCK, "role": ANY}), "spaceId": ANY})
    | ANY
)
SCHEMA = st.dictionaries(WORDS, st.fixed_dictionaries({"name": WORDS}) | ANY, max_size=3)
COLLECTION = st.fixed_dictionaries({"value": st.fixed_dictionaries({"name": TEXT, "schema": SCHEMA | ANY})}) | ANY
ANSWER = st.fixed_dictionaries(
    {
        "recordMap": st.fixed_dictionaries(
            {
                "block": st.dictionaries(IDS | WORDS, RECORD, max_size=7) | ANY,
                "collection": st.dictionaries(IDS, COLLECTION, max_size=2) | ANY,
            }
        )
        | ANY
    },
    optional={
        "cursors": st.lists(st.fixed_dictionaries({"stack": ANY}) | ANY, max_size=2) | ANY,
        "cursor": ANY,
        "result": st.fixed_dictionaries(
            {
                "reducerResults": st.fixed_dictionaries(
                    {"collection_group_results": st.fixed_dictionaries({"blockIds": st.lists(IDS | ANY)}) | ANY}
                )
            }
        )
        | ANY,
    },
)
BODIES = ANSWER.map(lambda one: json.dumps(one).encode()) | ANY.map(lambda one: json.dumps(one).encode()) | st.binary()


class Said:
    """A web in which everything that is asked for is answered from a list, over and over."""

    def __init__(self, bodies: list[bytes]) -> None:
        self.bodies = bodies
        self.asked = 0

    async def fetch(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched:
        raise AssertionError("a Notion page is asked for")

    async def ask(self, url: str, question: Mapping[str, object], *, page: str) -> Fetched:
        json.dumps(question)
        self.asked += 1
        return Fetched(url=url, data=self.bodies[(self.asked - 1) % len(self.bodies)])


async def outcome(bodies: list[bytes]) -> str:
    """The page, or the code of its refusal."""
    said = Said(bodies)
    try:
        page = await NotionPages(said).fetch(PAGE.address)
    except Refused as refused:
        return refused.code
    finally:
        assert said.asked <= MOST_REQUESTS
    assert page.data is not None
    return page.data.decode()


@settings(max_examples=100, deadline=None)
@given(st.lists(BODIES, min_size=1, max_size=4))
async def test_no_answer_breaks_or_delays_the_reading(bodies: list[bytes]) -> None:
    assert await outcome(bodies) == await outcome(bodies)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(IDS, BLOCK, max_size=7), BLOCK)
async def test_no_page_breaks_the_writing(blocks: dict[str, dict[str, object]], root: dict[str, object]) -> None:
    whole = {
        one: {"value": value} for one, value in {**blocks, uuid(1): root | {"type": "page", "alive": True}}.items()
    }
    body = json.dumps({"recordMap": {"block": whole}}).encode()
    again = json.dumps({"recordMap": {"block": dict(reversed(whole.items()))}}).encode()
    shown = await outcome([body])
    assert shown.startswith("<!doctype html>") or shown in ("links.notion", "links.notion_long")
    assert await outcome([again]) == shown, "the order of an answer does not matter"


async def test_an_answer_that_is_nested_deeper_than_any_stack_is_refused() -> None:
    assert await outcome([b"[" * 200_000]) == "links.notion"
