"""A Notion page of these tests, and what is written of it."""

from core.notion.links import NotionPage
from core.notion.records import Records
from core.notion.writing import written
from tests.fakes.notion import Json, bare, block, record_map

HOST = "acme.notion.site"
PAGE = NotionPage(HOST, bare(1))
ROOT = 1


def records_of(*blocks: Json, **tables: Json) -> Records:
    records = Records(bare(ROOT))
    records.add(record_map(*blocks, **tables))
    return records


def html_of(*blocks: Json, title: str = "Handbook", **tables: Json) -> str:
    """What stands below the title of a page that holds these blocks: those that no other one holds."""
    inner = {one for each in blocks for one in each["content"]}
    tops = [one for one in blocks if one["id"] not in inner]
    root = block(ROOT, "page", title) | {"content": [one["id"] for one in tops]}
    whole = written(records_of(root, *blocks, **tables), PAGE)
    return whole.partition("</h1>")[2].removesuffix("</article></main></body></html>")


def address(number: int) -> str:
    return f"https://{HOST}/{bare(number)}"
