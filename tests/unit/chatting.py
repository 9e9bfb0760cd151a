"""A small library, and questions to it."""

from core.backends.memory_world import ScriptedModel
from core.chat import Limits
from core.types import PUBLIC, Answer, Audience, Question, Scope, Session
from tests.fakes.saseo import Core

LEAVE = "Full-time employees get 25 days of annual leave a year. Interns get 10 days of annual leave a year."
OFFICE = "The office in Busan opens at nine in the morning and closes at six in the evening."
COOKING = "Boil the noodles for four minutes and serve them with spring onions."
CHANNEL = Session("slack", "T1", "C1")
ASKED = "How many days of annual leave do full-time employees get?"


def question(text: str = ASKED, *, name: str = "1", scopes: tuple[Scope, ...] = (PUBLIC,), **more: object) -> Question:
    return Question(id=name, session=CHANNEL, text=text, audience=Audience.of(*scopes), **more)  # type: ignore[arg-type]


async def stocked(model: ScriptedModel | None = None, *, limits: Limits | None = None) -> Core:
    core = Core(model=model, limits=limits or Limits())
    await core.library.add_text(LEAVE, origin="api:leave", title="Handbook", url="https://wiki.example/leave")
    await core.library.add_text(OFFICE, origin="api:office", title="Offices")
    await core.library.add_text(COOKING, origin="api:noodles", title="Recipes")
    return core


async def collect(core: Core, asked: Question) -> tuple[list[str], Answer]:
    deltas: list[str] = []
    async for part in core.chat.stream(asked):
        if isinstance(part, Answer):
            return deltas, part
        deltas.append(part)
    raise AssertionError("no answer")
