"""A core whose answers are followed up."""

from core.answers import Answered
from core.notices import Notice, is_notice
from core.types import Answer, Audience, Question, Scope, Session, Source
from tests.fakes.saseo import Core

CHANNEL = Session("slack", "T1", "C1")
TEAM = Scope.workspace("slack", "T1")
ASKED = "How many days of annual leave do full-time employees get?"
LEAVE = "Full-time employees get 25 days of annual leave a year. Interns get 10 days of annual leave a year."
MORE = LEAVE.replace("25", "30")
ID = "slack:T1:C1:17.4"


async def asked(core: Core, *, text: str = ASKED, name: str = ID, scopes: tuple[Scope, ...] = (TEAM,)) -> Answer:
    question = Question(name, CHANNEL, text, Audience.of(*scopes), author="U1", locale="ko", thread="slack:T1:C1:17.4")
    return await core.chat.ask(question)


async def taught(core: Core, text: str = LEAVE, *, origin: str = "api:leave", scope: Scope = TEAM) -> str:
    added = await core.library.add_text(text, origin=origin, title="Handbook", scope=scope, url="https://wiki/leave")
    return added.document.id


async def stocked(*, delivers: bool = True) -> Core:
    core = Core()
    if delivers:
        core.noticing.delivers("slack")
    await taught(core)
    await taught(core, "The office in Busan opens at nine in the morning.", origin="api:office")
    await taught(core, "Boil the noodles for four minutes.", origin="api:noodles")
    assert (await asked(core)).outcome == "quoted"
    await core.following().settle()
    return core


async def notices(core: Core) -> list[Notice]:
    items = await core.store.inbox.take("slack:", holder="test")
    assert all(is_notice(item.body) for item in items)
    return [Notice.load(item.body) for item in items]


def source_of(document_id: str) -> Source:
    return Source(9, document_id, "Title", LEAVE, version=1)


def sources_of(row: Answered) -> tuple[Source, ...]:
    return tuple(
        Source(number, one.document_id, "Title", one.excerpt, version=one.version)
        for number, one in enumerate(row.citations, 1)
    )
