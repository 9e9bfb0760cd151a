"""Where the documents of a file may be read anew from."""

from core.types import Scope
from tests.fakes.saseo import Core
from tests.unit.knowing import FILE, RANDOM, SECRET, share, shared


async def test_one_place_for_each_document_of_a_file() -> None:
    core = Core()
    await shared(core)
    await shared(core, where=share(RANDOM))
    await shared(core, where=share(SECRET), scope=Scope.channel(SECRET))
    found = await core.knowledge.places(FILE)
    assert len(found) == 2
    assert share(SECRET) in found
    assert not await core.knowledge.places(f"{FILE}2")
