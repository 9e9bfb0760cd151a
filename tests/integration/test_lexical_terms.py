"""Which terms the word index looks for, and what it remembers of them."""

from contextlib import closing
from pathlib import Path

import pytest

from core.backends import lexical_store, lexical_view
from core.backends.lexical import open_lexical
from core.errors import Unavailable
from core.words import terms
from tests.entries import entry, found, query
from tests.integration.indexes import no_entries


async def built(path: Path) -> None:
    async with open_lexical(path) as index:
        await index.rebuild(no_entries())
        await index.add([entry("a", "the vacation policy"), entry("b", "the toner of the printer")])


async def test_it_tells_how_common_terms_are_once_it_is_built(tmp_path: Path) -> None:
    async with open_lexical(tmp_path) as index:
        with pytest.raises(Unavailable):
            await index.frequencies(["vacat"])
    await built(tmp_path)
    async with open_lexical(tmp_path) as index:
        await index.add([entry("c", "the vacation of the printer")])
        told = await index.frequencies([*terms("vacation printer"), "nowhere"])
    assert told.total == 3
    assert told.counts == dict.fromkeys(terms("vacation printer"), 2)


async def test_what_a_search_has_counted_is_told_at_once_until_something_is_written(tmp_path: Path) -> None:
    await built(tmp_path)
    with closing(lexical_store.LexicalStore(tmp_path)) as store:
        words = terms("vacation printer nowhere")
        assert store.counted(words) is None
        store.search(query("vacation printer nowhere"), 5)
        assert store.counted(words) == store.frequencies(words)
        store.write([[entry("c", "another vacation")]])
        assert store.counted(words) is None
        assert store.frequencies(words).counts == {"vacat": 2, "printer": 1}


async def test_frequencies_after_a_search_are_those_of_the_index(tmp_path: Path) -> None:
    await built(tmp_path)
    async with open_lexical(tmp_path) as index:
        await index.search(query("vacation printer"), limit=5)
        told = await index.frequencies(terms("vacation printer"))
        assert (told.total, dict(told.counts)) == (2, {"vacat": 1, "printer": 1})


async def test_counts_are_remembered_of_so_many_terms_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await built(tmp_path)
    monkeypatch.setattr(lexical_view, "COUNTED", 2)
    with closing(lexical_store.LexicalStore(tmp_path)) as store:
        assert store.frequencies(["vacat", "printer", "toner"]).counts == {"vacat": 1, "printer": 1, "toner": 1}
        assert store.counted(["vacat"]) is None
        assert store.counted(["toner"]) is not None


async def test_names_of_documents_are_remembered_of_so_many_versions_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lexical_view, "NAMED", 1)
    async with open_lexical(tmp_path) as index:
        await index.rebuild(no_entries())
        await index.add([entry("a", "toner"), entry("a", "toner", ordinal=7), entry("a:1", "toner", version=2)])
        for _ in range(2):
            hits = await index.search(query("toner"), limit=5)
            assert [hit.key for hit in hits] == [("a", 1, 0), ("a", 1, 7), ("a:1", 2, 0)]


@pytest.mark.parametrize("others", [0, lexical_store.FEW_VALUES])
async def test_few_and_many_values_of_a_filter_let_the_same_through(tmp_path: Path, others: int) -> None:
    await built(tmp_path)
    with closing(lexical_store.LexicalStore(tmp_path)) as store:
        store.write([[entry("c", "another vacation and printer")]])
        wanted = ["a", "c", *(f"nobody's-{number}" for number in range(others))]
        hits = store.search(query("vacation printer", documents=frozenset(wanted)), 5)
        assert found(hits) == ["c", "a"]
        assert [hit.score for hit in hits] == [hit.score for hit in store.search(query("vacation printer"), 2)]


@pytest.fixture
def a_library_is_large_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical_store, "LOOKED_THROUGH", 6)
    monkeypatch.setattr(lexical_store, "ALWAYS", 1)


@pytest.mark.usefixtures("a_library_is_large_at_once")
async def test_of_a_large_library_the_commonest_terms_are_not_looked_through(tmp_path: Path) -> None:
    async with open_lexical(tmp_path) as index:
        common = [entry(f"c{number}", "printer") for number in range(9)]
        await index.rebuild(no_entries())
        await index.add([*common, entry("a", "printer toner"), entry("b", "toner")])
        assert found(await index.search(query("printer toner"), limit=20)) == ["b", "a"]
        assert len(await index.search(query("printer"), limit=20)) == 10


@pytest.mark.usefixtures("a_library_is_large_at_once")
async def test_a_word_that_a_language_lacks_takes_the_place_of_none_that_it_has(tmp_path: Path) -> None:
    async with open_lexical(tmp_path) as index:
        korean = [entry(f"k{number}", "printer", language="ko") for number in range(9)]
        await index.rebuild(no_entries())
        await index.add([*korean, entry("ink", "ink", language="ko"), entry("en", "printer")])
        assert found(await index.search(query("ink printer", language="en"), limit=20)) == ["en"]
        assert found(await index.search(query("ink", language="en"), limit=20)) == []
