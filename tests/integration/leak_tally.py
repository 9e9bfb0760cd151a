"""What came of questions and lists in a random workspace."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """What came of the questions."""

    asked: int = 0
    leaks: list[str] = field(default_factory=list)
    """Answers that gave away what somebody who saw them may not read, if only its title."""
    lost: list[str] = field(default_factory=list)
    """Answers without what everybody who saw them may read."""
    found: int = 0
    listed: int = 0
    """Lists that showed people any documents."""
    withheld: int = 0
    """Questions whose only answer stood where somebody may not read, and that were not answered."""
