"""Recognises messages that ask something, in Korean and English, among those that people write to each other. Pure."""

import re
import unicodedata
from collections.abc import Iterator

from core.smalltalk import reply

LONGEST = 2000
"""Characters; whoever writes more reports something."""
MOST_SENTENCES = 40

_LEFT_OUT = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|^[ \t]*(?:>|&gt;).*$|\b[a-z][a-z0-9+.-]*://\S+",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""Code, what is quoted, and addresses ask nothing."""
_SENTENCE = re.compile(r"[^.!?？。…\n]+[.!?？。…]*")
_FEW_WORDS = 3
"""A sentence of fewer words leans on what was said before, in English."""
_HANGUL = re.compile(r"[가-힣]")
_SHORT_HANGUL = 5
"""Syllables; with fewer, a single Korean word asks back rather than something."""
_BACK = re.compile(
    r"(?:really|right|ok(?:ay)?|yes|no|sure|seriously|huh|eh|isn'?t it|are you (?:sure|serious|kidding|ok(?:ay)?|there)"
    r"|is (?:that|this) (?:so|right|ok(?:ay)?)|how about you|and you|진짜요?|정말요?|맞죠|그쵸|그렇죠|그래요?|왜요?|네"
    r"|응)"
)
"""What people ask back in a talk."""

_ENGLISH = re.compile(
    r"(?:(?:hi|hey|hello|so|and|but|ok(?:ay)?|quick question|question|please|all|team|everyone|folks|guys)\b[ ,:-]*)*"
    r"(?:"
    r"(?:who|whom|whose|what|which|how|why)\b(?: [\w'-]+){0,3}? (?:is|are|was|were|do|does|did|can|could|should|would"
    r"|will|may|must|has|have) (?!not\b)\w"
    r"|(?:who|what|where|when|how)(?:'s|s| is| are| do| does| did| can| could| should| would| will) \w"
    r"|how (?:many|much|long|often|far|old|big|to)\b"
    r"|(?:is|are|was|were|do|does|did|can|could|should|would|will|may|has|have)(?:n'?t)?"
    r" (?:i|we|you|they|he|she|it|there|the|a|an|any|anyone|anybody|someone|somebody|our|my|your|this|that|these"
    r"|those)\b"
    r"|(?:does )?any(?:one|body) (?:know|knows|have|has|here)\b"
    r"|(?:i(?:'m| am| was)? )?(?:wonder|wondering|curious)\b"
    r"|i(?:'d| would)? (?:like|want|need) to know\b"
    r"|(?:can|could|please)? ?(?:you )?(?:please )?(?:tell|explain|show|remind) (?:me|us)"
    r" (?:who|what|where|when|which|how|why|if|about|the)\b"
    r")"
)
"""How an English sentence begins that asks, also where nobody has put a question mark."""
_NO_QUESTION = re.compile(
    r"(?:what an?|how (?:nice|cool|great|lovely|funny|sad|sweet|odd|weird)|may the|do not|don'?t)\b"
)
_KOREAN_END = re.compile(
    r"(?:[을를]?까요?|던가요?|(?<![만떠신빛끝타겨화혼각억])나요|잖나요|[인은는한된런]가|(?<!\s)는지요?|습니까|느냐|을래요)$"
)
"""How a Korean sentence ends that asks, whatever stands in it."""
_WH = re.compile(
    r"(?:누가|누구|언제|어디|무엇|무슨|뭐|뭘|뭔|왜|어떻게|어떤|어느|얼마|몇|어째서|how|what|when|where|who|why)",
    re.IGNORECASE,
)
_OPEN_END = re.compile(r"(?:요|죠|지|니|냐|야|음|임|됨|함|가)$")
"""How one ends that asks when it holds a word such as "how"."""
_WISH = re.compile(
    r"(?:알려 ?(?:줘|주세요|주실|주시|줄|달라)|가르쳐 ?(?:줘|주세요|주실)|설명해 ?(?:줘|주세요|주실)"
    r"|궁금(?:합니다|해요|한데|하네|해서|증)"
    r"|아시는 ?분|아는 ?(?:분|사람)|여쭤|여쭙|문의 ?(?:드|합)|질문(?:이 ?있| ?있| ?드|드|합))"
)
"""Words with which one asks in Korean without a question."""
_HAS_ENDING = {"가요": 4, "니까": 17}
"""An ending that asks behind a syllable with this final consonant: ㄴ가요, ㅂ니까."""
_WILL = 8
"""The final consonant ㄹ, as in 할까 and 될까요."""
_FIRST_SYLLABLE, _FINALS = 0xAC00, 28


def asks(text: str) -> bool:
    """Whether a message asks something that documents may answer: no small talk, no asking back, and not too long."""
    if len(text) > LONGEST or reply(text) is not None:
        return False
    kept = _LEFT_OUT.sub(" ", unicodedata.normalize("NFC", text)).replace("\u2019", "'")
    return any(_asks(words, marked=marked) for words, marked in _sentences(kept))


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """Each with whether it ends with a question mark."""
    for number, found in enumerate(_SENTENCE.finditer(text)):
        if number == MOST_SENTENCES:
            return
        words = " ".join(re.sub(r"[^\w' ,:@-]", " ", found[0]).split()).lower().strip(" ,:-")
        if words:
            yield words, "?" in found[0] or "？" in found[0]


def _asks(words: str, *, marked: bool) -> bool:
    if _BACK.fullmatch(words) or reply(words) is not None:
        return False
    hangul = len(_HANGUL.findall(words))
    count = len(words.split())
    if marked:
        return count >= _FEW_WORDS or (hangul > 0 and (count > 1 or hangul >= _SHORT_HANGUL))
    if hangul:
        return hangul >= _SHORT_HANGUL and _asks_in_korean(words)
    return count > _FEW_WORDS and _NO_QUESTION.match(words) is None and _ENGLISH.match(words) is not None


def _asks_in_korean(words: str) -> bool:
    if _KOREAN_END.search(words) or _WISH.search(words):
        return True
    if _WH.search(words) and _OPEN_END.search(words):
        return True
    ended = any(words.endswith(ending) and _final(words, -3) == final for ending, final in _HAS_ENDING.items())
    return ended or (words.endswith(("까", "까요")) and _final(words.removesuffix("요"), -2) == _WILL)


def _final(words: str, place: int) -> int:
    """The number of the final consonant of a syllable, 0 where there is none."""
    syllable = words[place : place + 1 or None]
    return (ord(syllable) - _FIRST_SYLLABLE) % _FINALS if _HANGUL.match(syllable) else 0
