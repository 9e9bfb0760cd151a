"""The same stories on every platform, with its real library against its fake: what people may rely on everywhere.

What a platform cannot do stands in docs/platforms.md.
"""

import asyncio
import re

import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from tests.integration.conformance import PLATFORMS, on, quiet, told
from tests.integration.slack_running import ANSWER, LEAVE, QUESTION, knowing

every = pytest.mark.parametrize("platform", PLATFORMS)
FOUND, SOURCE = "15 days", "Handbook"
CODE = "```python\n" + "\n".join(f"print({number}, 'leave')" for number in range(80)) + "\n```"
TABLE = "| Year | Days |\n| --- | --- |\n" + "\n".join(f"| {2000 + row} | row{row} |" for row in range(30))
PARAGRAPHS = "\n\n".join(f"Paragraph {number} about paid leave. " + "Leave is good. " * 20 for number in range(40))
LONG = f"Employees have 15 days of paid leave [1].\n\n{CODE}\n\n{TABLE}\n\n{PARAGRAPHS}"


@every
async def test_a_question_is_answered_once_with_its_source(platform: str) -> None:
    core = await knowing()
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        answer = await told(there, SOURCE)
        assert there.answers() == [answer]
        assert "15 days of paid leave [1]" in there.shown(answer)
        assert "https://docs.example.com/handbook" in there.shown(answer)


@every
async def test_a_follow_up_needs_no_mention_and_knows_what_was_said(platform: str) -> None:
    core = await knowing()
    model = core.model
    assert isinstance(model, ScriptedModel)
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        answer = await told(there, SOURCE)
        there.follow_up(answer, "How many days of paid leave again?")
        await told(there, SOURCE, count=2)
        assert any(QUESTION in message.text for message in model.asked[1])
        assert len(there.answers()) == 2


@every
async def test_what_the_documents_do_not_hold_is_said_to_be_missing(platform: str) -> None:
    core = await knowing()
    async with on(platform, core) as there, there.running():
        there.ask("How high is the Matterhorn above the sea?")
        answer = await told(there, "I could not find that in your documents")
        assert there.answers() == [answer]
        assert "docs.example.com" not in there.shown(answer)


@every
async def test_a_long_answer_with_code_and_a_table_arrives_whole(platform: str) -> None:
    core = await knowing(*(LONG[at : at + 400] for at in range(0, len(LONG), 400)))
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        await told(there, SOURCE)
        parts = [there.shown(answer) for answer in there.answers()]
        whole = "\n".join(parts)
        assert all(f"print({number}, 'leave')" in whole for number in range(80))
        assert all(re.search(rf"\b{2000 + row}\b.*\brow{row}\b", whole) for row in range(30))
        assert all(f"Paragraph {number} about paid leave" in whole for number in range(40))
        assert all(part.count("```") % 2 == 0 for part in parts), "no code is cut open"
        assert [SOURCE in part for part in parts] == [False] * (len(parts) - 1) + [True]


@every
async def test_while_the_model_is_down_the_documents_are_quoted(platform: str) -> None:
    core = await knowing(Unavailable("model.unreachable"))
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        answer = await told(there, SOURCE)
        assert "Every employee has 15 days of paid leave a year" in there.shown(answer)


@every
async def test_what_was_shared_in_a_private_channel_stays_there(platform: str) -> None:
    core = await knowing(text="Nothing but weather.")
    async with on(platform, core) as there, there.running():
        hidden = there.hidden()
        await core.library.add_text(LEAVE, title="Secret", scope=hidden.scope)
        there.ask(QUESTION, place=hidden, mina=True)
        inside = await told(there, FOUND)
        assert inside in there.answers(hidden)
        core.store.history._sessions.clear()
        there.ask(QUESTION, mina=True)
        await told(there, "", count=2)
        (outside,) = there.answers(there.general)
        assert FOUND not in there.shown(outside)
        assert "Secret" not in there.shown(outside)


@every
async def test_a_forgotten_document_is_not_cited_any_more(platform: str) -> None:
    core = await knowing()
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        await told(there, SOURCE)
        await core.library.forget([document.id async for document, _ in core.library.shelved()])
        core.store.history._sessions.clear()
        there.ask(QUESTION)
        second = await told(there, "I could not find that")
        assert SOURCE not in there.shown(second)


@every
async def test_a_document_that_is_forgotten_while_it_is_answered_is_not_cited(platform: str) -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:2], gate, *ANSWER[2:])
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        await asyncio.sleep(1.0)
        await core.library.forget([document.id async for document, _ in core.library.shelved()])
        gate.set()
        answer = await told(there, "I could not find that")
        assert there.answers() == [answer]
        assert FOUND not in there.shown(answer)


@every
@pytest.mark.parametrize(
    ("text", "mina", "expected"),
    [("How high is the Matterhorn?", False, "I could not find"), ("마터호른은 얼마나 높아요?", True, "찾지 못했어요")],
)
async def test_people_are_answered_in_their_language(platform: str, text: str, expected: str, *, mina: bool) -> None:
    core = await knowing()
    async with on(platform, core) as there, there.running():
        there.ask(text, mina=mina)
        await told(there, expected)


@every
async def test_what_comes_again_is_answered_once(platform: str) -> None:
    core = await knowing()
    async with on(platform, core) as there:
        async with there.running():
            there.ask(QUESTION)
            there.again()
            await told(there, SOURCE)
            there.again()
            await quiet(there)
        async with there.running():
            there.again()
            await quiet(there)
        assert len(there.answers()) == 1


@every
async def test_two_processes_give_one_answer(platform: str) -> None:
    core = await knowing()
    async with on(platform, core) as there, there.running(), there.running():
        there.ask(QUESTION)
        await told(there, SOURCE)
        assert len(there.answers()) == 1


@every
@pytest.mark.parametrize("pieces", [0, 2])
async def test_what_a_crash_interrupts_is_finished_in_the_same_message(platform: str, pieces: int) -> None:
    core = await knowing(*ANSWER[:pieces], asyncio.Event())
    async with on(platform, core) as there:
        async with there.running():
            there.ask(QUESTION)
            await asyncio.sleep(1.5)
        core.chat = core.chat_with(ScriptedModel(*ANSWER))
        async with there.running():
            answer = await told(there, SOURCE)
        assert there.answers() == [answer]


@every
async def test_a_failure_ends_in_a_sentence_with_a_reference(platform: str) -> None:
    core = await knowing()
    core.store.shelves.resolve = None  # type: ignore[assignment, method-assign]
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        answer = await told(there, "reference")
        assert there.answers() == [answer]
        assert "Traceback" not in there.shown(answer)


@every
async def test_a_model_that_never_ends_is_given_up_with_a_reference(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"adapters.{platform}.answering.ANSWER_SECONDS", 0.5)
    core = await knowing(asyncio.Event())
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        answer = await told(there, "reference")
        assert there.answers() == [answer]


@every
async def test_a_mention_without_a_question_gets_a_word_in_return(platform: str) -> None:
    core = await knowing()
    async with on(platform, core) as there, there.running():
        there.ask("")
        await told(there, "uestion")


@every
async def test_nobody_is_called_by_what_a_model_says(platform: str) -> None:
    core = await knowing("@everyone @here <@100000000000000001> 15 days of paid leave [1].")
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        shown = there.shown(await told(there, SOURCE))
        assert all(call not in shown for call in ("@everyone", "@here", "<@1000"))


@every
async def test_a_private_question_is_answered_to_its_asker_alone(platform: str) -> None:
    core = await knowing()
    async with on(platform, core) as there, there.running():
        await there.ask_privately(QUESTION)
        answer = await told(there, SOURCE, where=there.private)
        assert [one for one in there.answers() if not there.private(one)] == []
        assert FOUND in there.shown(answer)
