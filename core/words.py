"""Turns text into the lexical terms that passages are indexed by and questions are asked with."""

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

from core.types import Language

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ACCENT = re.compile(r"[\u0300-\u036f]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_LETTER = re.compile(r"[^\W\d_]+")

_TOKEN = re.compile(
    r"(?P<run>[\u3131-\u318e\uac00-\ud7a3]+|[\u3040-\u30ff]+|[\u3400-\u4dbf\u4e00-\u9fff]+)"
    r"|(?P<compound>[a-z0-9]+(?:[._\-/@:+][a-z0-9]+)+)"
    r"|(?P<word>[a-z]+(?:'[a-z]+)?|[a-z0-9]+|[^\W_\u3040-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3]+)"
)
_PART = re.compile(r"[a-z0-9]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]{2,}(?:[A-Z][a-z]+)+")
_SEAM = re.compile(r"[a-z][A-Z]")
_HUMP = re.compile(r"[A-Z]?[a-z]+")

_KEPT = 1024
"""Questions, and texts whose language was asked for, that are remembered: a question is taken apart by many."""

_LONGEST_TERM = 64
"""Longer than any word or identifier that somebody would type; base64 and the like is cut here."""

_KOREAN_SHARE = 0.2
"""Of the letters: Korean technical prose is full of Latin names, English prose has hardly any Hangul."""
_LATIN_SHARE = 0.5

STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing done down during each few for from further get had has have having he her here hers
    him his how i if in into is it its itself just may me might more most must my no nor not now of off on once only
    or other our ours out over own per please same shall she should so some such tell than that the their theirs them
    then there these they this those through to too under until up us very was we were what when where which while who
    whom whose why will with would you your yours""".split()
)
"""English words that say how a question is asked, not what it is about."""

_ENGLISH_WORD = re.compile(r"(?<!\w)(?<!\w[._\-/@:+'])[A-Za-z]+(?!\w|[._\-/@:+']\w)")
_FRAME = re.compile(
    r"\b(?:according to|based on|as (?:stated|described|mentioned) in|in|from) (?:the|this|our|these)"
    r" (?:passage|text|article|paragraph|document|documentation|doc)s?\b,?"
    r"|\bwhich of the following(?: statements?)?\b"
    r"|(?<![\uac00-\ud7a3])(?:이|위|본|해당)?\s*(?:지문|본문|글|문서|자료|기사)(?:에서|(?:에|을|를)?\s*(?:따르면|의하면|기반으로|바탕으로|근거로))[,\s]"
    r"|(?<![\uac00-\ud7a3])다음\s*중(?:에서?)?(?![\uac00-\ud7a3])",
    re.IGNORECASE,
)
_KOREAN_ASKING = re.compile(
    r"(?<![\uac00-\ud7a3])(?:"
    r"(?:무엇|무슨|어떤|어떻게|어떠|어디|언제|누구|누가|어느|얼마나|얼마|왜|뭐|뭘)"
    r"(?:인가요?|인지|입니까|일까요?|하나요?|한가요?|이?에?요|을|를|이|가|은|는|에서?|야|든)?"
    r"|몇[\uac00-\ud7a3]?"
    r"|(?:알려|설명해|말해|가르쳐|찾아)?\s*(?:주세요|주십시오|줘요?|주실래요)"
    r"|(?:하|되|있|없|인|한)?(?:나요|는가요?|가요|습니까)|합니까|됩니까|입니까"
    r")(?![\uac00-\ud7a3])"
    r"|(?<=[\uac00-\ud7a3]{2})(?:(?:하|되|있|없|이)?(?:나요|는가요?|은가요?|습니까|을까요|까요)"
    r"|인가요?|한가요?|입니까|합니까|됩니까|됐나요|했나요|해요)(?![\uac00-\ud7a3])"
)
_KOREAN_ENDING = re.compile(
    r"(?:(?<=[\uac00-\ud7a3]{2})|(?<=[A-Za-z0-9]))(?:에서는|에서도|으로는|으로도|에게서|이라는|에는|에도|에서|에게|으로|까지|부터|처럼|보다|마다|만큼"
    r"|이라|라는|와는|과는|은|는|이|가|을|를|의|에|로|와|과|도|만)(?![\uac00-\ud7a3])"
)
_SPACES = re.compile(r"\s+")

_stemmers = threading.local()


def normalise(text: str) -> str:
    """NFC with lone surrogates replaced, so that equal-looking texts are equal and every encoder takes them."""
    return _SURROGATE.sub("\ufffd", unicodedata.normalize("NFC", text))


@lru_cache(maxsize=_KEPT)
def language(text: str) -> Language:
    """`ko` when Hangul is a fair share of the letters, `en` when most are Latin, else `other`."""
    if text.isascii():
        return "en" if _LATIN.search(text) else "other"
    letters = _length(_LETTER, text)
    if not letters:
        return "other"
    if _length(_HANGUL, text) >= _KOREAN_SHARE * letters:
        return "ko"
    return "en" if _length(_LATIN, text) >= _LATIN_SHARE * letters else "other"


def _length(runs: re.Pattern[str], text: str) -> int:
    """Characters of all such runs together."""
    return len("".join(runs.findall(text)))


def terms(text: str) -> list[str]:
    """Lexical terms in the order of the text, repeated as often as they stand there.

    Latin words are lower case and stemmed; Hangul, Han and Kana runs become character bigrams; identifiers, error
    codes, file names and versions stand whole as well as split.
    """
    folded = _fold(text)
    # Few texts have any: a look at their seams is quicker than looking for whole names.
    camels = _CAMEL.findall(folded) if _SEAM.search(folded) else ()
    found = [_stem(hump.lower()) for camel in camels for hump in _HUMP.findall(camel)]
    for run, compound, word in _TOKEN.findall(folded.lower()):
        if word:
            found.append(_stem(word[:_LONGEST_TERM]))
        elif run:
            found += _bigrams(run)
        else:
            found.append(compound[:_LONGEST_TERM])
            found += map(_stem, _PART.findall(compound))
    return found


def content_terms(text: str) -> list[str]:
    """The terms of a question without the words that merely ask; nothing when it has no others."""
    return list(_content_terms(text))


def subject(text: str) -> str:
    """A question without the frame around it, as in "According to the document, ...". Never empty for a text that
    is not."""
    question = normalise(text)
    return _SPACES.sub(" ", _FRAME.sub(" ", question)).strip() or question


def essence(text: str) -> str:
    """What a question is about: its text without frame, stop words, question words and Korean endings; the whole
    question when nothing is left."""
    return _SPACES.sub(" ", _bare(text)).strip(" \n\t?.!,") or normalise(text)


@lru_cache(maxsize=_KEPT)
def _content_terms(text: str) -> tuple[str, ...]:
    return tuple(term for term in terms(_bare(text)) if term not in _stop_stems())


def _bare(text: str) -> str:
    framed = _KOREAN_ENDING.sub(" ", _KOREAN_ASKING.sub(" ", subject(text)))
    return _ENGLISH_WORD.sub(lambda word: " " if word.group().lower() in STOP_WORDS else word.group(), framed)


def _fold(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", normalise(text))
    return unicodedata.normalize("NFC", _ACCENT.sub("", decomposed)).replace("\u2019", "'")


def _bigrams(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)] or [run]


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    # A Snowball stemmer is not safe to share between threads.
    try:
        stemmer = _stemmers.english
    except AttributeError:
        stemmer = _stemmers.english = Stemmer.Stemmer("english", 0)
    stem: str = stemmer.stemWord(word)[:_LONGEST_TERM]
    return stem


@lru_cache(maxsize=1)
def _stop_stems() -> frozenset[str]:
    return frozenset(map(_stem, STOP_WORDS))
