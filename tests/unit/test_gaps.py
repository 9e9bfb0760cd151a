"""Who asked what nobody knew is told, once, when it is known."""

from collections.abc import Sequence

import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from core.evidence import Candidate, Evidence, Verdict
from core.notices import Notice
from core.ports import Vector
from core.prompt import NOT_FOUND
from core.types import GUIDE, PUBLIC, Answer, Audience, Question, Scope, Session
from tests.fakes.saseo import Core

CHANNEL = Session("slack", "T1", "C1")
TEAM = Scope.workspace("slack", "T1")
SECRET = Scope.channel(Session("slack", "T1", "G1"))
ASKED = "How many days of annual leave do full-time employees get?"
LEAVE = "Full-time employees get 25 days of annual leave a year."
OFFICE = "The office in Busan opens at nine in the morning."
ID = "slack:T1:C1:17.4"


async def wondered(text: str = ASKED, *, scopes: tuple[Scope, ...] = (TEAM, PUBLIC), name: str = ID) -> Core:
    core = Core()
    core.noticing.delivers("slack")
    await core.library.add_text(OFFICE, origin="api:office", scope=TEAM)
    question = Question(name, CHANNEL, text, Audience.of(*scopes), author="U1", thread="slack:T1:C1:17.4")
    assert (await core.chat.ask(question)).outcome == "not_found"
    await core.following().settle()
    assert await told(core) == []
    return core


async def told(core: Core) -> list[Notice]:
    return [Notice.load(item.body) for item in await core.store.inbox.take("slack:", holder="test")]


async def arrives(core: Core, text: str = LEAVE, *, scope: Scope = TEAM, origin: str = "api:leave") -> str:
    added = await core.library.add_text(text, origin=origin, title="Handbook", scope=scope)
    await core.following().settle()
    return added.document.id


async def test_whoever_asked_is_told_once_when_a_document_answers() -> None:
    core = await wondered()
    document_id = await arrives(core)
    await arrives(core, f"{LEAVE} Interns get 10 days of annual leave.", origin="api:more")

    (notice,) = await told(core)
    assert (notice.id, notice.kind, notice.about) == (f"{ID}+found", "found", ID)
    assert (notice.session, notice.thread, notice.author, notice.question) == (CHANNEL, ID, "U1", ASKED)
    assert notice.answer is not None
    assert notice.answer.sources[0].document_id == document_id
    assert (notice.title, notice.document_id) == ("Handbook", document_id)
    assert list(await core.store.answers.unanswered()) == []
    row = await core.store.answers.find(ID)
    assert row is not None
    assert (row.outcome, row.citations[0].document_id) == ("quoted", document_id)


@pytest.mark.parametrize("scope", [SECRET, GUIDE])
async def test_a_document_that_the_askers_may_not_read_tells_them_nothing(scope: Scope) -> None:
    core = await wondered()
    await arrives(core, scope=scope)

    assert await told(core) == []
    assert len(await core.store.answers.unanswered()) == 1


async def test_a_document_about_something_else_tells_nothing() -> None:
    core = await wondered()
    await arrives(core, "Boil the noodles for four minutes.")

    assert await told(core) == []


async def test_a_document_that_the_model_finds_no_answer_in_tells_nothing() -> None:
    core = await wondered()
    await core.library.add_text(LEAVE, origin="api:leave", scope=TEAM)
    model = ScriptedModel(NOT_FOUND)

    await core.following(model).settle()

    assert model.asked
    assert await told(core) == []
    assert len(await core.store.answers.unanswered()) == 1


async def test_a_document_for_everybody_answers_too() -> None:
    core = await wondered()
    await arrives(core, scope=PUBLIC)

    (notice,) = await told(core)
    assert await core.noticing.stands(notice, Audience.of(TEAM, PUBLIC))


async def test_a_gap_that_was_too_much_for_one_day_is_closed_later() -> None:
    core = await wondered()
    for number in range(5):
        await core.store.claims.claim(f"notice:{CHANNEL}:{number}", seconds=86_400)
    await arrives(core)
    assert await told(core) == []
    assert len(await core.store.answers.unanswered()) == 1

    core.now = core.now.replace(day=3)
    await arrives(core, f"{LEAVE} ", origin="api:again")
    assert len(await told(core)) == 1


async def test_a_question_that_leans_on_another_is_understood_with_it() -> None:
    core = await wondered()
    question = Question("slack:T1:C1:18.1", CHANNEL, "And for interns?", Audience.of(TEAM))
    assert (await core.chat.ask(question)).outcome == "not_found"
    await arrives(core, "Interns get 10 days of annual leave a year.")

    assert "slack:T1:C1:18.1" in {notice.about for notice in await told(core)}


async def test_a_question_that_cannot_be_asked_again_keeps_none_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await wondered()
    for name, text in (("slack:T1:C1:1.1", "???"), ("slack:T1:C1:1.2", ASKED)):
        await core.store.answers.record(Question(name, CHANNEL, text, Audience.of(TEAM)), Answer(name, "", "not_found"))
    weigh = Evidence.weigh
    bugs = [RuntimeError("bug")]

    async def broken(self: Evidence, question: str, found: Sequence[Candidate], *, new: str = "") -> Verdict:
        if question == "???":
            return Verdict(1.0, enough=True)
        if bugs:
            raise bugs.pop()
        return await weigh(self, question, found, new=new)

    monkeypatch.setattr(Evidence, "weigh", broken)
    await arrives(core, f"??? {LEAVE}")

    assert {notice.about for notice in await told(core)} == {ID}


async def test_what_is_away_leaves_the_change_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await wondered()

    async def away(text: str) -> Vector:
        raise Unavailable("chat.busy")

    monkeypatch.setattr(core.embedder, "question", away)
    with pytest.raises(Unavailable):
        await arrives(core)
    assert len(await core.store.changes.pending()) == 1
    monkeypatch.undo()
    await core.following().settle()
    assert len(await told(core)) == 1
