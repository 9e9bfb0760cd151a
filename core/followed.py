"""The note on a document that it belongs to a site that is followed: kept with its metadata, told to nobody."""

from dataclasses import dataclass
from typing import Self

from core.types import Document, Metadata

PREFIX = "follow."
DEEPEST = 5
MOST = 1000


@dataclass(frozen=True, slots=True)
class Note:
    """`root` is the document that somebody handed in; it carries the last three fields as well."""

    root: str
    depth: int
    """So many steps further the links of this page are followed."""
    most: int = 0
    """Pages that are known of the site at once, besides the root."""
    area: str = ""
    """What is followed lies in it; see `core.hyperlinks.Area`."""
    is_sitemap: bool = False
    """The root has no text of its own."""

    @classmethod
    def of(cls, document: Document) -> Self | None:
        """The note on a document; None where it has none that can be understood."""
        given = document.metadata
        root, depth, most = (given.get(f"{PREFIX}{name}") for name in ("root", "depth", "most"))
        if not isinstance(root, str) or not isinstance(depth, int):
            return None
        area, is_sitemap = given.get(f"{PREFIX}area"), given.get(f"{PREFIX}sitemap")
        return cls(
            root,
            min(depth, DEEPEST),
            most=min(most, MOST) if isinstance(most, int) else 0,
            area=area if isinstance(area, str) else "",
            is_sitemap=is_sitemap is True,
        )

    def on(self, metadata: Metadata) -> Metadata:
        """This note beside everything else that is kept there."""
        noted: Metadata = {**without_note(metadata), f"{PREFIX}root": self.root, f"{PREFIX}depth": self.depth}
        if not self.area:
            return noted
        return {**noted, f"{PREFIX}most": self.most, f"{PREFIX}area": self.area, f"{PREFIX}sitemap": self.is_sitemap}


def pages_of(root: str) -> Metadata:
    """What the pages of a site have in common, and its root too."""
    return {f"{PREFIX}root": root}


def without_note(metadata: Metadata) -> Metadata:
    """What was sent with the document."""
    return {name: value for name, value in metadata.items() if not name.startswith(PREFIX)}
