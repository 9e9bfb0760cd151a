"""The error tree. A backend turns every vendor exception into one of these; anything else is a bug."""

from core.messages import render


class SaseoError(Exception):
    """An error with a text for the user, taken from the message catalogues by its code."""

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details = details

    def text(self, locale: str = "en") -> str:
        """What to tell the user, and what to do next, in their language."""
        return render(self.code, locale, **self.details)

    def __str__(self) -> str:
        return self.text()


class Refused(SaseoError):
    """The user can mend it: a wrong file, a bad link, too long a question."""


class Unavailable(SaseoError):
    """Ours or a vendor's fault; trying again later may help."""
