"""What every store of installations promises, what is on the disk, and what a workspace leaves behind: nothing."""

import asyncio
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.backends.memory_installations import MemorySeal
from core.backends.seal import FernetSeal
from core.backends.sqlite import open_store
from core.errors import Refused
from core.inbox import Accepted
from core.installations import Installation, Seal
from core.ports import DocumentFilter
from core.types import PUBLIC, Scope, Session, Turn
from tests.integration.stores import (
    START,
    STORES,
    TALKS,
    AnyStore,
    Clock,
    Talk,
    document,
    library_of,
    opened_store,
    opened_talk,
)

TOKEN = "xoxb-12345-secret-of-the-workspace"
REFRESH = "xoxe-1-refresh-secret"
WORDS = ("first-words-that-nobody-can-guess-0001", "second-words-that-nobody-can-guess-02")
HOSTILE = ["T1:C1", "한글", "\ud800\0", "'; DROP TABLE installations; --", "*", "%"]


def installation(workspace: str = "T1", **more: object) -> Installation:
    given = {"token": TOKEN, "about": {"team": "팀", "user": "U1"}, "installed_at": START, **more}
    return Installation("slack", workspace, **given)  # type: ignore[arg-type]


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyStore]:
    async with opened_store(request, tmp_path, clock=Clock()) as opened:
        yield opened


async def test_an_installation_comes_back_as_it_was_kept(store: AnyStore) -> None:
    whole = installation(refresh_token=REFRESH, expires_at=START + timedelta(hours=12))
    await store.installations.save(whole)
    assert await store.installations.find("slack", "T1") == whole
    assert await store.installations.find("slack", "T2") is None
    assert await store.installations.find("discord", "T1") is None


async def test_the_latest_installation_counts(store: AnyStore) -> None:
    await store.installations.save(installation())
    await store.installations.save(installation(token="xoxb-2"))
    kept = await store.installations.find("slack", "T1")
    assert kept is not None
    assert kept.token == "xoxb-2"
    assert await store.installations.workspaces("slack") == ["T1"]


async def test_workspaces_are_listed_for_each_platform(store: AnyStore) -> None:
    for name in ("T2", "T1", "T10"):
        await store.installations.save(installation(name))
    assert await store.installations.workspaces("slack") == ["T1", "T10", "T2"]
    assert await store.installations.workspaces("discord") == []


async def test_a_workspace_that_is_left_is_noted_until_nothing_is_there(store: AnyStore) -> None:
    await store.installations.save(installation())
    for _ in range(2):
        await store.installations.remove("slack", "T1")
        assert await store.installations.find("slack", "T1") is None
        assert await store.installations.leaving("slack") == ["T1"]
    assert await store.installations.leaving("discord") == []
    await store.installations.left("slack", "T1")
    await store.installations.left("slack", "T1")
    assert await store.installations.leaving("slack") == []


async def test_a_workspace_may_be_left_that_has_no_installation(store: AnyStore) -> None:
    await store.installations.remove("slack", "T1")
    assert await store.installations.leaving("slack") == ["T1"]


async def test_a_workspace_that_comes_back_is_not_being_left(store: AnyStore) -> None:
    await store.installations.remove("slack", "T1")
    await store.installations.save(installation())
    assert await store.installations.leaving("slack") == []
    assert await store.installations.renew() == 0


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_are_kept_as_they_are(store: AnyStore, name: str) -> None:
    await store.installations.save(installation(name, token=name))
    kept = await store.installations.find("slack", name)
    assert kept is not None
    assert (kept.workspace, kept.token) == (name, name)
    await store.installations.remove("slack", name)
    assert await store.installations.leaving("slack") == [name]


def test_an_installation_does_not_show_its_secrets() -> None:
    shown = repr(installation(refresh_token=REFRESH))
    assert TOKEN not in shown
    assert REFRESH not in shown


async def test_no_token_is_on_the_disk_and_only_this_user_reads_the_key(tmp_path: Path) -> None:
    async with open_store(tmp_path / "saseo.db") as store:
        await store.installations.save(installation(refresh_token=REFRESH))
        while_open = everything(tmp_path)
    for raw in (while_open, everything(tmp_path)):
        assert TOKEN.encode() not in raw
        assert REFRESH.encode() not in raw
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


async def test_with_keys_of_the_operator_there_is_no_file(tmp_path: Path) -> None:
    async with open_store(tmp_path / "saseo.db", seal=FernetSeal(WORDS, tmp_path / "secret.key")) as store:
        await store.installations.save(installation())
    assert not (tmp_path / "secret.key").exists()


async def test_keys_change_without_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    async with open_store(tmp_path / "saseo.db") as store:
        await store.installations.save(installation())
    for words in ((WORDS[0],), WORDS[::-1]):
        async with open_store(tmp_path / "saseo.db", seal=FernetSeal(words, path)) as store:
            assert await store.installations.renew() == 0
        path.unlink(missing_ok=True)
    async with open_store(tmp_path / "saseo.db", seal=FernetSeal(WORDS[1:], path)) as store:
        assert await store.installations.find("slack", "T1") == installation()


async def test_a_lost_key_is_told_and_the_workspace_can_be_kept_anew(tmp_path: Path) -> None:
    async with open_store(tmp_path / "saseo.db", seal=FernetSeal(WORDS[:1], tmp_path / "k")) as store:
        await store.installations.save(installation("T1"))
        await store.installations.save(installation("T2"))
    async with open_store(tmp_path / "saseo.db", seal=FernetSeal(WORDS[1:], tmp_path / "k")) as store:
        with pytest.raises(Refused) as refusal:
            await store.installations.find("slack", "T1")
        assert refusal.value.code == "seal.lost"
        assert await store.installations.renew() == 2
        assert await store.installations.workspaces("slack") == ["T1", "T2"]
        await store.installations.save(installation("T1"))
        assert await store.installations.find("slack", "T1") == installation("T1")
        assert await store.installations.renew() == 1


@pytest.mark.parametrize("seal", [MemorySeal(), FernetSeal(WORDS, Path("/nonexistent/key"))])
def test_a_seal_opens_what_it_closed_and_nothing_else(seal: Seal) -> None:
    closed = seal.close("안녕 <>&")
    assert closed.replace("-", "").replace("_", "").isalnum()
    assert closed != seal.close("안녕 <>&")
    assert seal.open(closed) == "안녕 <>&"
    for other in ("", "x", closed[:-3] + "AAA", closed + "A", "한글", "\ud800", "=" * 9, "gAAAAA"):
        assert seal.open(other) is None


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 44])
def test_a_damaged_key_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(Refused) as refusal:
        FernetSeal((), tmp_path / "key").close("text")
    assert refusal.value.code == "seal.damaged"


def test_a_key_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Refused) as refusal:
        FernetSeal((), tmp_path / "file" / "key").close("text")
    assert refusal.value.code == "seal.file"


def test_a_key_that_was_half_written_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "key.new").write_bytes(b"hal")
    closed = FernetSeal((), tmp_path / "key").close("text")
    assert FernetSeal((), tmp_path / "key").open(closed) == "text"


async def test_of_the_documents_those_of_a_workspace_can_be_listed(store: AnyStore) -> None:
    library = library_of(store)
    here = [Scope.workspace("slack", "T1"), *both(Session("slack", "T1", "C1"))]
    there = [
        PUBLIC,
        Scope.workspace("slack", "T10"),
        Scope.workspace("api", "T1"),
        *both(Session("slack", "T10", "C1")),
    ]
    for scope in (*here, *there):
        await library.put(document(str(scope), scope=scope), "text")
    page = await store.catalogue.page(DocumentFilter(workspace="slack:T1"))
    assert {shown.scope for shown in page.documents} == set(here)
    assert page.total == 3


async def test_the_inbox_forgets_what_belongs_to_a_workspace(store: AnyStore) -> None:
    for name in ("slack:T1:C1:1", "slack:T1:C1:2", "slack:T10:C1:1"):
        await store.inbox.accept(Accepted(name, name, {"text": name}), holder="one")
        await store.inbox.posted(name, f"{name}:m")
    await store.inbox.finish("slack:T1:C1:2")
    await store.inbox.forget("slack:T1:")
    await store.inbox.forget("slack:T1:")
    assert await store.inbox.known(["slack:T1:C1:1:m", "slack:T1:C1:2:m", "slack:T10:C1:1:m"]) == {"slack:T10:C1:1:m"}
    assert not await store.inbox.talked("slack:T1:C1:1", since=START)
    await store.inbox.release("one")
    assert [item.id for item in await store.inbox.take("slack:", holder="two")] == ["slack:T10:C1:1"]
    assert await store.inbox.accept(Accepted("slack:T1:C1:1", "t", {}), holder="two"), "it begins anew"


@pytest.fixture(params=TALKS)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with opened_talk(request, tmp_path) as opened:
        yield opened


async def test_the_history_forgets_what_was_said_in_a_workspace(talk: Talk) -> None:
    here = [Session("slack", "T1", name) for name in ("C1", "C1/17.4", "*", "한글")]
    there = [Session("slack", "T10", "C1"), Session("api", "T1", "C1"), Session("slack", "T*", "C1")]
    await asyncio.gather(*(talk.history.append(session, [Turn("human", "hello")]) for session in (*here, *there)))
    await talk.history.forget_workspace("slack", "T1")
    await talk.history.forget_workspace("slack", "T1")
    assert [len(await talk.history.recent(session)) for session in (*here, *there)] == [0, 0, 0, 0, 1, 1, 1]


def both(session: Session) -> list[Scope]:
    return [Scope.channel(session), Scope.direct(session)]


def everything(folder: Path) -> bytes:
    """Every byte in a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
