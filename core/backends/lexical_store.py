"""A tantivy index on disk. Its calls block; writes come from one thread, searches from any."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Sequence
from contextlib import ExitStack, closing, suppress
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from core.backends.alone import alone
from core.backends.fields import TITLE_BOOST, asked_terms, texts
from core.backends.index_errors import translated
from core.backends.kept_open import KeptOpen
from core.backends.lexical_files import existing, fresh, numbered, schema, spoken, sweep
from core.backends.lexical_view import Versions, View
from core.backends.lexical_writes import Removal, Renewal, Write
from core.errors import SaseoError, Unavailable
from core.evidence import Frequencies
from core.ports import Entry, Hit, Query
from core.types import digest
from core.words import terms

if TYPE_CHECKING:
    import tantivy

FORMAT = "2"
MARK = "complete"
PLACE = "place"
"""How far the trail of a shared catalogue was followed."""
QUERY_TERMS = 64
"""The rarest terms of a question that are searched for; what more there are says little."""
LOOKED_THROUGH = 300_000
"""Occurrences of its terms that are looked through for one question. In a large library the commonest terms say least
and take longest: among a million passages a quarter of the occurrences gives the same first hit for 99 % of the
questions."""
ALWAYS = 3
"""The rarest terms are looked for, however common they are."""
FEW_VALUES = 64
"""So many values of a filter are looked for one by one: a set notes every passage that has one of them beforehand,
also those that hold none of the words."""
SAMPLE = (
    "Saseo의 v2.3.1 설정 파일 config.toml을 어떻게 바꾸나요? The bots' running versions: ERR_CONN_42, camelCase, café."
)
"""Its terms tell whether an index was made by the same rules."""
logger = logging.getLogger(__name__)


class LexicalStore:
    """Fields: key, document, version, scope and language as they are; body and title as terms, and all their terms with
    the language; version and ordinal as numbers.

    What cannot be read is thrown away and begun anew: all of it can be had from the catalogue. `stale` then says so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with translated(str(path)), ExitStack() as resources:
            resources.enter_context(alone(path))
            self._schema = schema()
            self.stale = not self._marked()
            self._files = resources.enter_context(closing(KeptOpen(path / "terms")))
            self._index, self._writer = self._opened()
            self._versions: Versions = {}
            self._view = self._look()
            self._resources = resources.pop_all()

    def search(self, query: Query, limit: int) -> list[Hit]:
        """The best hits, best first. Raises Unavailable when the index turns out to be damaged."""
        if limit < 1 or not query.audience.scopes or query.documents == frozenset():
            return []
        try:
            with translated(str(self._path)):
                return self._search(query, limit)
        except SaseoError as error:
            self._spoil(error)
            raise Unavailable("index.rebuild", place=str(self._path)) from error

    def write(self, writes: Sequence[Write]) -> None:
        """Adds and removes in this order and commits once; durable and searchable when it returns."""
        with translated(str(self._path)):
            try:
                for write in writes:
                    self._do(write)
                self._writer.commit()
            except BaseException:
                self._writer.rollback()
                sweep(self._writer)
                raise
            self._reload()

    @property
    def place(self) -> str:
        """The place that was noted last; empty where there is none."""
        file = self._path / PLACE
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    def note(self, place: str) -> None:
        """Everything up to this place is in."""
        written = self._path / f"{PLACE}.new"
        with translated(str(self._path)):
            written.write_text(place, encoding="utf-8")
            written.replace(self._path / PLACE)

    def clear(self) -> None:
        """Empties the index, which is stale until `complete`."""
        self.stale = True
        with translated(str(self._path)):
            self._mark.unlink(missing_ok=True)
            (self._path / PLACE).unlink(missing_ok=True)
            self._writer.delete_all_documents()
            self._writer.commit()
            self._reload()

    def complete(self) -> None:
        """Says that everything is in."""
        with translated(str(self._path)):
            self._mark.write_text(_make(), encoding="ascii")
        self.stale = False

    def count(self) -> int:
        """How many passages there are."""
        with translated(str(self._path)):
            return self._view.passages

    def frequencies(self, terms: Collection[str]) -> Frequencies:
        """In how many passages each of these terms stands."""
        with translated(str(self._path)):
            return self._view.frequencies(terms)

    def counted(self, terms: Collection[str]) -> Frequencies | None:
        """What `frequencies` gives, where the searches since the last write have looked for all of these terms."""
        return self._view.counted(terms)

    def close(self) -> None:
        """Waits for merges and lets go of the files."""
        with translated(str(self._path)):
            self._writer.wait_merging_threads()
            self._resources.close()

    def _reload(self) -> None:
        self._index.reload()
        self._view = self._look()
        self._files.let_go()

    def _look(self) -> View:
        view = View(self._index.searcher(), self._versions)
        self._files.hold()
        return view

    @property
    def _mark(self) -> Path:
        return self._path / MARK

    def _marked(self) -> bool:
        return self._mark.exists() and self._mark.read_text(encoding="ascii", errors="replace") == _make()

    def _opened(self) -> tuple[tantivy.Index, tantivy.IndexWriter]:
        files = self._path / "terms"
        if not self.stale:
            try:
                with translated(str(files)):
                    return existing(files)
            except SaseoError as error:
                self._spoil(error)
        shutil.rmtree(files, ignore_errors=True)
        return fresh(files, self._schema)

    def _spoil(self, error: SaseoError) -> None:
        logger.warning("the word index cannot be read and has to be built anew: %s", type(error.__cause__).__name__)
        self.stale = True
        with suppress(OSError):
            self._mark.unlink(missing_ok=True)

    def _search(self, query: Query, limit: int) -> list[Hit]:
        view = self._view
        words = _rarest(view, view.said(asked_terms(query.text), query.language))
        if not words:
            return []
        wanted = self._query(view, words, query)
        found = view.searcher.search(wanted, min(limit, view.passages), count=False).hits
        keys = view.keys([address for _, address in found])
        hits = [Hit(key, score) for key, (score, _) in zip(keys, found, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.key))

    def _query(self, view: View, words: Sequence[str], query: Query) -> tantivy.Query:
        # Terms go in as they are and never through a query parser: whatever is asked is only ever looked up.
        from tantivy import Occur
        from tantivy import Query as Parts

        scored = []
        for word in words:
            if view.count(word):
                scored.append((Occur.Should, Parts.term_query(self._schema, "body", word, "freq")))
            if view.count(word, field="title"):
                title = Parts.term_query(self._schema, "title", word, "freq")
                scored.append((Occur.Should, Parts.boost_query(title, TITLE_BOOST)))
        filters = {"scope": [scope.name for scope in query.audience.scopes]}
        if query.language is not None:
            filters["language"] = [query.language]
        if query.documents is not None:
            filters["document"] = list(query.documents)
        passed = [Parts.const_score_query(self._among(name, values), 0.0) for name, values in filters.items()]
        return Parts.boolean_query([(Occur.Must, part) for part in (Parts.boolean_query(scored), *passed)])

    def _among(self, name: str, values: Sequence[str]) -> tantivy.Query:
        """Passages with one of these values in a field."""
        from tantivy import Occur
        from tantivy import Query as Parts

        if len(values) > FEW_VALUES:
            return Parts.term_set_query(self._schema, name, list(values))
        each = [Parts.term_query(self._schema, name, value, "basic") for value in values]
        return Parts.boolean_query([(Occur.Should, query) for query in each])

    def _add(self, entries: Sequence[Entry]) -> None:
        import tantivy

        for entry in entries:
            key = entry.passage.key
            body, title = map(terms, texts(entry))
            document = tantivy.Document()
            document.add_text("key", str(key))
            document.add_text("document", key.document_id)
            version = _version(key.document_id, key.version)
            document.add_text("version", version)
            document.add_unsigned("version_number", numbered(version))
            document.add_unsigned("ordinal", key.ordinal)
            document.add_text("scope", entry.scope.name)
            document.add_text("language", entry.language)
            document.add_text("body", " ".join(body))
            document.add_text("title", " ".join(title))
            document.add_text("spoken", " ".join(spoken(term, entry.language) for term in {*body, *title}))
            self._writer.delete_documents_by_term("key", str(key))
            self._writer.add_document(document)

    def _do(self, write: Write) -> None:
        if isinstance(write, Removal):
            self._remove(write)
            return
        if isinstance(write, Renewal):
            self._writer.delete_documents_by_term("document", write.document_id)
            write = write.entries
        self._add(write)

    def _remove(self, removal: Removal) -> None:
        self._writer.delete_documents_by_term("version", _version(removal.document_id, removal.version))


def _rarest(view: View, words: Sequence[str]) -> list[str]:
    found = {word: view.count(word) + view.count(word, field="title") for word in words}
    rarest = sorted((word for word in words if found[word]), key=found.__getitem__)[:QUERY_TERMS]
    so_far = accumulate(found[word] for word in rarest)
    return [
        word
        for number, (word, occurrences) in enumerate(zip(rarest, so_far, strict=True))
        if number < ALWAYS or occurrences <= LOOKED_THROUGH
    ]


def _version(document_id: str, version: int) -> str:
    return f"{document_id}:{version}"


def _make() -> str:
    return f"{FORMAT} {digest(' '.join(terms(SAMPLE)))}"
