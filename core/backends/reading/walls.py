"""Tells pages that stand before a text from pages that hold one: sign-in forms, cookie questions, empty shells, pages
that pass on to another one, and "page not found" with the status of a page.

Each sign alone also stands on honest pages, so two must come together, and a page with a real text always passes.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

from core.types import Block

Wall = Literal["login", "missing", "moved", "cookies", "script"]

LITTLE = 120
"""Characters; so much stands on any page besides its text: a name, a footer."""
SHORT = 400
SOME = 800
"""Characters of the longest notice; a page about the same thing says more."""
LONGEST_NOTE = 1_500
"""Characters that a sign-in page says about itself at most."""

_PARTS = re.compile(r"\s+[-|·•–—:»‹›«]\s+|[|·»:]\s+")
_SIGN_IN = re.compile(
    r"(?:please\s+)?(?:sign|log)(?:\s|-)?(?:in|on)(?:\s+(?:to|with|at)\s.{1,60})?|(?:member|account|user|admin)\s+login"
    r"|(?:[\w.]{1,30}\s+){0,2}(?:log|sign)[ -]?in|로그인(?:하기|해 ?주세요|이 필요합니다)?|(?:\w{1,20}\s){0,2}로그인",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"(?:error\s*)?404(?:\s*error)?(?:[\s,.!:-]*(?:page\s+)?not\s+found)?[.!]?|(?:page|file|document)\s+not\s+found[.!]?"
    r"|not\s+found[.!]?|(?:this|that|the)?\s*page\s+(?:can(?:'|’|no)t|could\s+not)\s+be\s+found[.!]?|oops[.!]?"
    r"|(?:요청하신\s*)?페이지를\s*찾을\s*수\s*없(?:습니다|어요|음)[.!]?|존재하지\s*않는\s*페이지(?:입니다|예요)?[.!]?",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"(?:page|link|address|url|document)\b.{0,60}(?:no longer|not|n't|n’t|cannot)\b.{0,20}(?:exist|found|available)"
    r"|(?:could\s+not|cannot|(?:could|ca)n['’]t)\s+(?:find|locate)\b.{0,40}page|(?:moved|removed|renamed|deleted)\b"
    r"|(?:페이지|주소|문서).{0,40}(?:찾을\s*수\s*없|존재하지\s*않|삭제|변경|이동)",
    re.IGNORECASE | re.DOTALL,
)
_NEEDS_SCRIPT = re.compile(
    r"(?:enable|activate|turn\s+on|requires?|needs?|without|allow)\s+(?:\w+\s+){0,2}(?:javascript|js\b)"
    r"|javascript\s+(?:\w+\s+){0,3}(?:disabled|enabled|required|needed|off|not\s+available)"
    r"|자바스크립트(?:를|가)?.{0,20}(?:활성화|사용|필요|꺼져|켜|허용|비활성)|javascript(?:를|가)?\s*(?:활성화|사용|필요|켜|허용)"
    r"|(?:checking|verify(?:ing)?)\s+(?:that\s+)?you(?:r\s+browser|\s+are\s+(?:a\s+)?human)",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"(?:loading|please\s+wait|just\s+a\s+moment|one\s+moment(?:\s+please)?|불러오는\s*중(?:입니다|이에요)?"
    r"|로딩\s*중(?:입니다)?|잠시만\s*기다려\s*(?:주세요|주십시오))[\s.…!]*",
    re.IGNORECASE,
)
_PASSING_ON = re.compile(r"(?:redirecting|page\s+redirection|moved)\b.{0,60}", re.IGNORECASE)
_REFRESH = re.compile(r"\s*\d{1,3}(?:\.\d+)?\s*[;,]?\s*url\s*=", re.IGNORECASE)
_COOKIES = re.compile(r"cookie|쿠키|\bconsent\b|\btrackers?\b|\bpartners\b", re.IGNORECASE)
_AGREE = re.compile(
    r"(?:i\s+)?(?:accept|agree|allow|consent|got\s+it|reject|decline)\b.{0,30}|(?:모두\s*)?(?:동의|허용|수락|거부).{0,10}",
    re.IGNORECASE,
)
_COOKIES_OFF = re.compile(
    r"(?:enable|accept|allow|turn\s+on)\s+(?:\w+\s+){0,2}cookies|cookies\s+(?:\w+\s+){0,3}(?:disabled|blocked|required|off)"
    r"|쿠키(?:를|가)?.{0,20}(?:활성화|허용|차단|사용할\s*수\s*있)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?。\n]+[.!?。]*")
_NAME_FIELDS = "input[type=email], input[name*=user], input[name*=login], input[autocomplete*=username]"
_ROOTS = "#root, #app, #__next, #__nuxt, #notion-app, app-root"


def wall_of(tree: Any, blocks: Sequence[Block], *, title: str) -> Wall | None:
    """What stands before the text of a page; None where nothing does. `blocks` are all that a visitor sees."""
    text = "\n".join(block.text for block in blocks)
    if len(text) > LONGEST_NOTE:
        return None
    # A hostile page repeats a title a million times; nobody reads more than this of it.
    headings = [block.text[:300] for block in blocks if block.heading and block.text == block.heading[-1]]
    names = [name.strip() for name in (*_PARTS.split(title[:300]), *headings[:2])]
    if _asks_to_sign_in(tree, text, names):
        return "login"
    if len(text) <= SOME and _is_missing(text, names):
        return "missing"
    if len(text) <= SHORT and _passes_on(tree, names):
        return "moved"
    if len(text) <= SOME and _asks_about_cookies(tree, text, blocks):
        return "cookies"
    if tree.css_first("script") is not None and _is_shell(tree, text, names):
        return "script"
    return None


def _asks_to_sign_in(tree: Any, text: str, names: Sequence[str]) -> bool:
    password = tree.css_first("input[type=password]")
    named = any(map(_SIGN_IN.fullmatch, names))
    if password is None:
        return named and len(text) <= SHORT and tree.css_first(_NAME_FIELDS) is not None
    form = _form(password)
    own = len(" ".join(form.text(separator=" ").split())) if form is not None else 0
    return len(text) - own <= LITTLE or named


def _form(field: Any) -> Any:
    while field is not None and field.tag != "form":
        field = field.parent
    return field


def _is_missing(text: str, names: Sequence[str]) -> bool:
    if not any(map(_NOT_FOUND.fullmatch, names)):
        return False
    return len(text) <= LITTLE or _LOST.search(text) is not None


def _passes_on(tree: Any, names: Sequence[str]) -> bool:
    told = any(map(_PASSING_ON.fullmatch, names)) and tree.css_first("a[href]") is not None
    return told or any(
        (meta.attributes.get("http-equiv") or "").lower() == "refresh"
        and _REFRESH.match(meta.attributes.get("content") or "")
        for meta in tree.css("meta[http-equiv]")
    )


def _asks_about_cookies(tree: Any, text: str, blocks: Sequence[Block]) -> bool:
    if _left(text, _COOKIES_OFF) <= LITTLE and _COOKIES_OFF.search(text):
        return True
    rest = sum(len(block.text) for block in blocks if not _COOKIES.search(block.text))
    buttons = tree.css("button, input[type=submit], a[role=button]")
    pressed = (button.attributes.get("value") or button.text() for button in buttons)
    return rest <= LITTLE < len(text) and any(_AGREE.fullmatch(" ".join(name.split())) for name in pressed)


def _is_shell(tree: Any, text: str, names: Sequence[str]) -> bool:
    """Whether scripts would have to run before there is anything to read."""
    if not text.strip() or _WAITING.fullmatch(text.strip()):
        return True
    if len(text) <= SHORT and _left(text, _NEEDS_SCRIPT) <= LITTLE and _NEEDS_SCRIPT.search(text):
        return True
    if any(_WAITING.fullmatch(name) for name in names):
        return len(text) <= SHORT
    root = tree.css_first(_ROOTS)
    return root is not None and len(text) <= LITTLE and not root.text().strip()


def _left(text: str, saying: re.Pattern[str]) -> int:
    """Characters of the sentences that do not say this."""
    return sum(len(found[0]) for found in _SENTENCE.finditer(text) if not saying.search(found[0]))
