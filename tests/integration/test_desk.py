"""Both desks keep one contract: the library itself, and the API of a process that holds it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from adapters.http.api import create_app
from bot.desk import Desk, File, LocalDesk
from bot.remote import RemoteDesk
from core.backends.memory_world import ScriptedModel
from core.errors import Refused, Unavailable
from core.ports import DocumentFilter
from core.types import PUBLIC, Answer, Audience, Document, Scope
from tests.fakes.saseo import Core

ASKED = "How many days of annual leave do full-time employees get?"
TEXT = "Full-time employees get 25 days of annual leave."
URL = "https://example.com/leave"
TEAM = Scope("workspace:slack:T1")
EVERYBODY = Audience.of(PUBLIC)
LIMIT = 10_000


@asynccontextmanager
async def local(core: Core) -> AsyncIterator[Desk]:
    yield LocalDesk(core.saseo, limit=LIMIT)


@asynccontextmanager
async def remote(core: Core, *, token: str | None = None, given: str | None = None) -> AsyncIterator[Desk]:
    app = create_app(core.saseo, version="1", token=token, max_file_bytes=10 * LIMIT)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        yield RemoteDesk(client, limit=LIMIT)


@pytest.fixture
def core() -> Core:
    return Core(model=ScriptedModel("You get ", "25 days [1]."), pages={URL: TEXT.encode()})


@pytest.fixture(params=[local, remote], ids=["local", "remote"])
async def desk(request: pytest.FixtureRequest, core: Core) -> AsyncIterator[Desk]:
    async with request.param(core) as desk:
        yield desk


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., File]:
    def write(name: str = "leave.txt", text: str = TEXT) -> File:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return File(path, name)

    return write


async def answered(
    desk: Desk, text: str = ASKED, *, audience: Audience = EVERYBODY, conversation: str = "c"
) -> tuple[str, Answer]:
    parts = [part async for part in desk.answer(text, conversation=conversation, audience=audience, locale="en")]
    assert isinstance(parts[-1], Answer)
    return "".join(part for part in parts if isinstance(part, str)), parts[-1]


async def documents(desk: Desk) -> list[Document]:
    return [document async for document in desk.documents()]


async def test_a_file_is_taken_in_and_answers_rest_on_it(desk: Desk, file: Callable[..., File]) -> None:
    taken = await desk.add_file(file(), scope=PUBLIC)
    assert (taken.passages, taken.changed, taken.error) == (1, True, None)
    streamed, answer = await answered(desk)
    assert streamed == answer.text == "You get 25 days [1]."
    (source,) = answer.sources
    assert (source.number, source.document_id, source.title, source.excerpt) == (
        1,
        taken.document_id,
        "leave.txt",
        TEXT,
    )


async def test_a_file_that_has_not_changed_is_told_so(desk: Desk, file: Callable[..., File]) -> None:
    first = await desk.add_file(file(), scope=PUBLIC)
    again = await desk.add_file(file(), scope=PUBLIC)
    assert (again.document_id, again.changed) == (first.document_id, False)
    changed = await desk.add_file(file(text="30 days."), scope=PUBLIC)
    assert (changed.document_id, changed.changed) == (first.document_id, True)


async def test_both_desks_know_a_file_by_the_same_id(core: Core, file: Callable[..., File]) -> None:
    async with local(core) as here, remote(core) as there:
        first = await here.add_file(file("안내 - 휴가.txt"), scope=TEAM)
        second = await there.add_file(file("안내 - 휴가.txt"), scope=TEAM)
    assert (second.document_id, second.changed) == (first.document_id, False)


async def test_a_scope_keeps_a_document_from_others(desk: Desk, file: Callable[..., File]) -> None:
    await desk.add_file(file(), scope=TEAM)
    _, outside = await answered(desk, conversation="one")
    assert (outside.outcome, outside.sources) == ("not_found", ())
    _, inside = await answered(desk, audience=Audience.of(TEAM), conversation="two")
    assert len(inside.sources) == 1


async def test_a_refused_file_says_why(desk: Desk, file: Callable[..., File]) -> None:
    with pytest.raises(Refused, match=r"empty\.txt"):
        await desk.add_file(file("empty.txt", " "), scope=PUBLIC)


async def test_a_file_that_is_too_large_or_gone_is_refused_before_it_is_sent(
    desk: Desk, file: Callable[..., File], tmp_path: Path
) -> None:
    with pytest.raises(Refused) as large:
        await desk.add_file(file(text="x" * (LIMIT + 1)), scope=PUBLIC)
    with pytest.raises(Refused) as gone:
        await desk.add_file(File(tmp_path / "gone", "gone"), scope=PUBLIC)
    assert (large.value.code, gone.value.code) == ("desk.too_large", "desk.unreadable")


async def test_a_link_is_taken_in_and_checked_again(desk: Desk, core: Core) -> None:
    taken = await desk.add_link(URL, scope=PUBLIC)
    assert taken.changed
    (document,) = await documents(desk)
    assert (document.id, document.url, document.origin, document.scope) == (
        taken.document_id,
        URL,
        f"link:{URL}",
        PUBLIC,
    )
    assert document.next_check_at is not None
    assert not (await desk.refresh(document)).changed
    core.web.pages[URL] = b"Everybody gets 30 days of leave."
    assert (await desk.refresh(document)).changed


async def test_a_link_that_cannot_be_read_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused):
        await desk.add_link("https://example.com/nothing", scope=PUBLIC)


async def test_a_link_that_fails_later_keeps_what_it_knew_and_says_why(desk: Desk, core: Core) -> None:
    await desk.add_link(URL, scope=PUBLIC)
    core.web.pages[URL] = Unavailable("fetch.unreachable", host="example.com")
    (document,) = await documents(desk)
    taken = await desk.refresh(document)
    assert (taken.changed, taken.passages) == (False, 1)
    assert taken.error is not None
    assert (await documents(desk))[0].error is not None


async def test_what_is_no_link_cannot_be_checked(desk: Desk, file: Callable[..., File]) -> None:
    await desk.add_file(file(), scope=PUBLIC)
    (document,) = await documents(desk)
    with pytest.raises(Refused):
        await desk.refresh(document)


async def test_every_document_is_listed_however_many_there_are(desk: Desk, core: Core) -> None:
    for number in range(205):
        await core.library.add_text(f"Text number {number}", origin=f"test:{number}")
    listed = [document.origin for document in await documents(desk)]
    assert sorted(listed) == sorted(f"test:{number}" for number in range(205))


async def test_forgetting_names_those_that_existed(desk: Desk, file: Callable[..., File]) -> None:
    taken = await desk.add_file(file(), scope=PUBLIC)
    unknown = ["0123", "../../health", ""]
    assert list(await desk.forget([*unknown, taken.document_id])) == [taken.document_id]
    assert await documents(desk) == []


async def test_a_question_that_cannot_be_asked_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused):
        await answered(desk, " ")


async def test_a_conversation_is_remembered_under_its_name(desk: Desk, core: Core, file: Callable[..., File]) -> None:
    await desk.add_file(file(), scope=PUBLIC)
    await answered(desk, conversation="mine")
    _, answer = await answered(desk, "And for interns?", conversation="mine")
    assert answer.outcome == "answered"


async def test_the_name_of_a_file_is_kept_as_its_source(desk: Desk, core: Core, file: Callable[..., File]) -> None:
    await desk.add_file(file(), scope=PUBLIC)
    page = await core.store.catalogue.page(DocumentFilter())
    assert dict(page.documents[0].metadata) == {"source": "leave.txt"}


async def test_another_token_is_told_apart_from_other_troubles(core: Core) -> None:
    async with remote(core, token="right", given="wrong") as desk:
        with pytest.raises(Refused) as refusal:
            await documents(desk)
        with pytest.raises(Refused):
            await answered(desk)
    assert refusal.value.code == "desk.token"
    async with remote(core, token="right", given="right") as desk:
        assert await documents(desk) == []


def spoken(*answers: httpx.Response | httpx.HTTPError) -> RemoteDesk:
    """A desk whose process gives these answers."""
    waiting = list(answers)

    def give(_: httpx.Request) -> httpx.Response:
        answer = waiting.pop(0)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(give), base_url="http://desk")
    return RemoteDesk(client, limit=LIMIT)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.ConnectError("away"), Unavailable),
        (httpx.ReadTimeout("silent"), Unavailable),
        (httpx.Response(503, json={"detail": "busy"}), Unavailable),
        (httpx.Response(500, text="<html>"), Unavailable),
        (httpx.Response(422, json={"detail": "no"}), Refused),
        (httpx.Response(404, json=[]), Refused),
        (httpx.Response(200, text="<html>"), Unavailable),
    ],
)
async def test_every_trouble_of_the_process_becomes_an_error_with_a_text(
    answer: httpx.Response | httpx.HTTPError, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await spoken(answer).add_link(URL, scope=PUBLIC)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.ConnectError("away"), Unavailable),
        (httpx.Response(503, json={"detail": "busy"}), Unavailable),
        (httpx.Response(200, text='event: delta\ndata: {"text": "You"}\n\n'), Unavailable),
        (httpx.Response(200, text='event: error\ndata: {"detail": "answered before"}\n\n'), Refused),
    ],
)
async def test_an_answer_that_breaks_off_is_an_error(
    answer: httpx.Response | httpx.HTTPError, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        await answered(spoken(answer))


async def test_forgetting_stops_at_a_trouble_of_the_process() -> None:
    with pytest.raises(Unavailable):
        await spoken(httpx.Response(503, json={"detail": "busy"})).forget(["abc"])
