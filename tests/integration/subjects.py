"""A person and a channel with something of every kind, in any store."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.subjects import subjects_of
from core.audit import AuditLog
from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.memory_installations import MemorySeal
from core.backends.memory_world import MemoryFetcher, PlainReader, WordEmbedder
from core.erasing import Erasing
from core.exporting import Exporting
from core.inbox import Accepted
from core.indexing import Indexing
from core.knowledge import Knowledge
from core.library import Library
from core.people import Arrival
from core.ports import History
from core.remembered_channels import RememberedChannels
from core.shares import Share
from core.subjects import Individual
from core.types import PUBLIC, Answer, Audience, Question, Scope, Session, Source, Turn
from tests.integration.stores import AnyStore

MARKER = "aardvark-7319"
"""Stands in everything that the person wrote."""
PERSON = Individual("slack", "U0PERSON", workspace="T1")
OTHER = "U0OTHER"
CHANNEL = Session("slack", "T1", "C1")
DIRECT = Session("slack", "T1", "D1")
ALONE = Session("slack", "T1", f"C1/{PERSON.id}")
"""Where the person asks alone in the channel."""
CONSOLE = Session("http", "", "console-abc")
ELSEWHERE = Session("slack", "T2", "C9")
BY = "command line"


@dataclass(frozen=True, slots=True)
class Given:
    """Stores with what works with them."""

    store: AnyStore
    library: Library
    knowledge: Knowledge
    history: History
    channels: RememberedChannels
    audit: AuditLog
    exporting: Exporting
    erasing: Erasing
    dense: MemoryDenseIndex
    lexical: MemoryLexicalIndex


def given_of(store: AnyStore, history: History | None = None) -> Given:
    """What works with a store, in memory as far as the store goes; conversations may be elsewhere."""
    embedder = WordEmbedder()
    dense, lexical = MemoryDenseIndex(embedder.dimension), MemoryLexicalIndex()
    library = Library(
        reader=PlainReader(),
        fetcher=MemoryFetcher({}),
        catalogue=store.catalogue,
        shelves=store.shelves,
        journal=store.journal,
        indexing=Indexing(dense=dense, lexical=lexical, embedder=embedder),
    )
    knowledge = Knowledge(library=library, catalogue=store.catalogue, shares=store.shares)
    channels, audit = RememberedChannels(store.channels), AuditLog(store.deeds)
    exporting, erasing = subjects_of(
        store,
        library=library,
        knowledge=knowledge,
        channels=channels,
        history=history or store.history,
        audit=audit,
        seal=MemorySeal(),
    )
    return Given(
        store, library, knowledge, history or store.history, channels, audit, exporting, erasing, dense, lexical
    )


async def ask(given: Given, session: Session, text: str, *, by: str, thread: str = "t", context: str = "") -> str:
    """Somebody asks, and gets an answer that repeats the question."""
    name = f"{session}:{text}"
    direct = session == DIRECT
    audience = Audience.of(PUBLIC, Scope.direct(session) if direct else Scope.channel(session))
    before = (Turn("human", context),) if context else ()
    question = Question(name, session, text, audience, author=by, context=before, thread=thread)
    answer = Answer(name, f"About {text}", "answered", sources=(Source(1, "d", "Title", "excerpt"),))
    await given.store.answers.record(question, answer)
    await given.history.append(session, [Turn("human", text), Turn("ai", answer.text)])
    return name


async def share(given: Given, session: Session, text: str, *, message: str, scope: Scope) -> str:
    """Somebody shares a file; returns the id of the document."""
    added = await given.knowledge.share_file(
        text.encode(),
        name=f"{message}.txt",
        origin=f"slack:T1:file:{text}",
        scope=scope,
        share=Share(session, message, "F1"),
    )
    return added.document.id


async def fill(given: Given) -> dict[str, str]:
    """Puts something of every kind into the stores; returns the names of what should stay when the person goes."""
    store = given.store
    own = f"What is {MARKER}?"
    await ask(given, CHANNEL, own, by=PERSON.id)
    others = await ask(given, CHANNEL, "How late is it?", by=OTHER, context=own)
    await ask(given, ALONE, f"{own} Alone", by=PERSON.id, thread="")
    await ask(given, DIRECT, f"{own} Directly", by=PERSON.id)
    await ask(given, CONSOLE, f"{own} In the console", by=str(PERSON), thread="")
    elsewhere = await ask(given, ELSEWHERE, "Somebody else with the same id", by=PERSON.id)
    await store.answers.judge(others, helpful=False, by=str(PERSON), text=f"No, {MARKER}")
    await store.answers.judge(others, helpful=True, by=f"slack:T1:{OTHER}", text="Fine")
    for number, who in enumerate((PERSON.id, OTHER)):
        body = {"user": who, "text": MARKER if who == PERSON.id else "mine"}
        await store.inbox.accept(Accepted(f"{CHANNEL}:17.{number}", str(CHANNEL), body), holder="h")
    for who in (str(PERSON), f"slack:T1:{OTHER}"):
        await store.visits.begin(f"visit-{who}", Arrival(who, name="N").dump(), family=who, seconds=3600)
    document = await share(given, CHANNEL, "The office opens at nine.", message="1.1", scope=Scope.channel(CHANNEL))
    private = await share(given, DIRECT, f"My diary: {MARKER}", message="1.2", scope=Scope.direct(DIRECT))
    added = (await given.library.add_text("Written in the console", origin="console:x")).document.id
    await given.audit.note(str(PERSON), "document.added", thing=added)
    await given.audit.note(f"slack:T1:{OTHER}", "document.added", thing=document)
    return {
        "others": others,
        "elsewhere": elsewhere,
        "document": document,
        "private": private,
        "added": added,
    }


def read(path: Path) -> dict[str, Any]:
    """The files of an export, by the names of their kinds."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".json"): json.loads(archive.read(name)) for name in archive.namelist()}
