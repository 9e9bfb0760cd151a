"""Of what Notion answers, only what can be believed and may be read is kept."""

import pytest

from core.errors import Refused
from core.notion.records import MOST_BLOCKS, Records
from tests.fakes.notion import bare, block, record, record_map, uuid
from tests.unit.noting import ROOT, records_of


@pytest.mark.parametrize("wrapped", [1, 2])
def test_records_are_unwrapped_as_they_were_before_and_since_2026(wrapped: int) -> None:
    value = block(ROOT, "page", "Handbook")
    one = {"role": "reader", "value": value} if wrapped == 1 else record(value)
    records = Records(bare(ROOT))
    assert records.add({"recordMap": {"block": {uuid(ROOT): one}}})
    assert records.blocks[bare(ROOT)].type == "page"
    assert records.space == value["space_id"]
    assert not records.add({"recordMap": {"block": {uuid(ROOT): one}}}), "nothing new"


@pytest.mark.parametrize(
    "one",
    [
        {"role": "none", "value": block(2, "text", "secret")},
        {"value": {"role": "none", "value": block(2, "text", "secret")}},
        {"role": "none"},
        {"value": None},
        "nonsense",
        {"value": {"type": 7}},
        {"value": {"type": ["text"], "role": {}}},
    ],
)
def test_what_may_not_be_read_is_not_there(one: object) -> None:
    records = Records(bare(2))
    assert not records.add({"recordMap": {"block": {uuid(2): one}}})
    assert records.missing() == [bare(2)]


def test_a_page_is_missing_what_it_consists_of_and_not_what_it_links_to() -> None:
    records = records_of(
        block(ROOT, "page", "Handbook", 2, 3, 4, 5, 3),
        block(2, "page", "Child", 20),
        block(3, "toggle", "More", 30, 1),
        block(4, "transclusion_reference", None, format_={"transclusion_reference_pointer": {"id": uuid(40)}}),
    )
    assert records.missing() == [bare(5), bare(30), bare(40)]
    assert [one.id for one in records.reached()] == [bare(number) for number in (ROOT, 2, 3, 4)]


def test_a_page_of_too_many_blocks_is_refused() -> None:
    records = Records(bare(ROOT))
    with pytest.raises(Refused) as refused:
        records.add(record_map(*(block(number, "text", "x") for number in range(MOST_BLOCKS + 1))))
    assert refused.value.code == "links.notion_long"
    assert refused.value.text("en") != refused.value.text("ko")
