"""The folder in which tantivy keeps an index of words: its fields, and how it is made and opened."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from core.types import Language

if TYPE_CHECKING:
    import tantivy

WRITER_BYTES = 30_000_000


def schema() -> tantivy.Schema:
    """The fields of a passage."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("document", "version", "scope", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("body", "title"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("spoken", tokenizer_name="whitespace", index_option="basic")
    for name in ("version_number", "ordinal"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def numbered(version: str) -> int:
    """A number of 64 bits for a version of a document: numbers of many hits are read at once, texts one by one."""
    return int.from_bytes(blake2b(version.encode(), digest_size=8).digest(), "little")


def spoken(term: str, language: Language) -> str:
    """A term as it is said in this language. How many passages of a language hold it is then known without a search."""
    return f"{language}:{term}"


def fresh(files: Path, fields: tantivy.Schema) -> tuple[tantivy.Index, tantivy.IndexWriter]:
    """A new index in a folder that is made for it."""
    import tantivy

    files.mkdir()
    return _in_use(tantivy.Index(fields, path=str(files)))


def existing(files: Path) -> tuple[tantivy.Index, tantivy.IndexWriter]:
    """The index of a folder."""
    import tantivy

    return _in_use(tantivy.Index.open(str(files)))


def sweep(writer: tantivy.IndexWriter) -> None:
    """Deletes what a write that was cut off has left: the next one may give its files the same names, and fail."""
    writer.garbage_collect_files()


def _in_use(index: tantivy.Index) -> tuple[tantivy.Index, tantivy.IndexWriter]:
    index.config_reader(reload_policy="manual")
    writer = index.writer(heap_size=WRITER_BYTES, num_threads=1)
    sweep(writer)
    return index, writer
