"""What Notion answered about a page, whatever of it can be believed. Pure; a stranger's data is any data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from core.errors import Refused
from core.notion.links import bare

MOST_BLOCKS = 5_000
DATABASES = frozenset({"collection_view", "collection_view_page"})
_APART = DATABASES | {"page"}
"""Blocks that are pages of their own."""


@dataclass(frozen=True, slots=True)
class NotionBlock:
    """A paragraph, a heading, a page: to Notion everything is a block."""

    id: str
    """32 hexadecimal digits."""
    type: str
    properties: Mapping[str, object]
    format: Mapping[str, object]
    content: tuple[str, ...]
    """Ids of the blocks in it, in order."""
    collection: str = ""
    """Id of the database that it shows."""
    view: str = ""
    """Id of the first of the ways in which it shows it."""
    is_alive: bool = True


@dataclass(frozen=True, slots=True)
class Collection:
    """A database."""

    name: object
    columns: Mapping[str, str]
    """Names by key."""


@dataclass(slots=True)
class Records:
    """Everything that was answered about one page, block by block; none is kept that may not be read."""

    root: str
    """Id of the page."""
    blocks: dict[str, NotionBlock] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of the rows of a database by the block that shows it."""
    space: str = ""
    """Id of the workspace of the page, as Notion spells it."""

    def add(self, answer: Mapping[str, object]) -> bool:
        """Takes an answer in, and says whether it brought anything new. Raises Refused where it becomes too much."""
        before = len(self.blocks)
        known = mapping(answer.get("recordMap"))
        for key, record in mapping(known.get("block")).items():
            block = _block(bare(key), _value(record))
            if block is None:
                continue
            self.blocks.setdefault(block.id, block)
            if block.id == self.root and not self.space:
                self.space = _word(mapping(record).get("spaceId")) or _word(_value(record).get("space_id"))
            if len(self.blocks) > MOST_BLOCKS:
                raise too_long()
        for key, record in mapping(known.get("collection")).items():
            value = _value(record)
            columns = {name: _word(mapping(one).get("name")) for name, one in mapping(value.get("schema")).items()}
            self.collections.setdefault(bare(key), Collection(value.get("name"), columns))
        return len(self.blocks) > before

    def reached(self) -> list[NotionBlock]:
        """The blocks of the page itself, each once; pages in it are named and not entered."""
        return [self.blocks[one] for one in self._ids() if one in self.blocks]

    def missing(self) -> list[str]:
        """Ids of blocks that the page consists of and that were not answered, the outermost first."""
        return [one for one in self._ids() if one not in self.blocks]

    def _ids(self) -> Iterator[str]:
        seen, layer = {self.root}, [self.root]
        while layer:
            yield from layer
            inner = dict.fromkeys(chain.from_iterable(map(self._within, layer)))
            layer = [one for one in inner if one not in seen]
            seen.update(layer)

    def _within(self, block_id: str) -> Iterable[str]:
        block = self.blocks.get(block_id)
        if block is None or (block.type in _APART and block_id != self.root):
            return ()
        return (*block.content, *filter(None, (pointed(block),)))


def pointed(block: NotionBlock) -> str:
    """Id of the block that this one stands for: the original of what is synced, or the page that is linked to."""
    name = {"transclusion_reference": "transclusion_reference_pointer", "alias": "alias_pointer"}.get(block.type, "")
    return bare(mapping(block.format.get(name)).get("id"))


def too_long() -> Refused:
    """The refusal of a page that has more than can be read."""
    return Refused("links.notion_long", limit=MOST_BLOCKS)


def mapping(value: object) -> Mapping[str, object]:
    """The value where it is an object of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """The value where it is an array of JSON, else an empty one."""
    return value if isinstance(value, list) else []


def _value(record: object) -> Mapping[str, object]:
    """What stands in a record; Notion wraps it once or twice. Empty where nobody may read it."""
    outer = mapping(record)
    inner = mapping(outer.get("value"))
    if "none" in (outer.get("role"), inner.get("role")):
        return {}
    return mapping(inner["value"]) if "value" in inner else inner


def _block(block_id: str, value: Mapping[str, object]) -> NotionBlock | None:
    kind = _word(value.get("type"))
    if not block_id or not kind:
        return None
    shown = mapping(value.get("format"))
    pointer = mapping(shown.get("collection_pointer"))
    return NotionBlock(
        block_id,
        kind,
        mapping(value.get("properties")),
        shown,
        tuple(filter(None, map(bare, listed(value.get("content"))))),
        bare(value.get("collection_id")) or bare(pointer.get("id")),
        next(filter(None, map(bare, listed(value.get("view_ids")))), ""),
        value.get("alive") is not False,
    )


def _word(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 1_000 else ""
