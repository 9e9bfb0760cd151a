"""How the audit log names those whose data was handed over or erased: a person only by a digest."""

from collections.abc import Callable, Mapping

from core.subjects import Individual, Subject

Mark = Callable[[str], str]


def alias(whose: Individual, mark: Mark) -> str:
    """What a person is called once they are erased."""
    return f"erased:{mark(str(whose))}"


def record_of(whose: Subject, mark: Mark) -> Mapping[str, str]:
    """The thing and the workspace of a deed that was done to them."""
    workspace = f"{whose.platform}:{whose.workspace}" if whose.workspace else ""
    return {"thing": alias(whose, mark) if isinstance(whose, Individual) else str(whose), "workspace": workspace}
