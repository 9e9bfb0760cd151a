"""The word index beside a shared catalogue: the library does not write to it."""

from core.backends.memory_index import MemoryLexicalIndex
from core.kept_words import FollowingIndex
from tests.entries import entry, found, query


async def test_what_the_library_writes_comes_by_way_of_the_catalogue() -> None:
    words = MemoryLexicalIndex()
    await words.add([entry("a", "the vacation policy")])
    index = FollowingIndex(words)
    await index.add([entry("b", "a vacation that is not current")])
    await index.remove("a", 1)
    assert found(await index.search(query("vacation"), limit=5)) == ["a"]
