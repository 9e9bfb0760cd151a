"""Turns bytes of unknown encoding into text, Korean encodings above all; never into nonsense."""

import codecs
import unicodedata
from collections.abc import Iterable

from core.errors import Refused

SAMPLE = 64 * 1024
"""Bytes that are looked at to choose between encodings."""
GOOD = 0.35
"""The lowest score of an encoding that is believed."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ESCAPES = (
    (b"\x1b$)C", "iso2022_kr"),
    (b"\x1b$B", "iso2022_jp_ext"),
    (b"\x1b$@", "iso2022_jp_ext"),
    (b"\x1b(J", "iso2022_jp_ext"),
)
KOREAN = frozenset({"cp949", "johab"})
JAPANESE = frozenset({"cp932", "euc_jp"})
FREQUENT = frozenset(
    "이다는을의에고가한하를도지로인기서사나어그자들시아있리정수대것해게과일스보부으라와만제장상조여구전성적원주마은우비연공동안"
    "관소경유선오모면되생신문내무거용요계위실없년니때더까러미세국분습할든및중화방행업입통학등또말람야번"
)
LEVEL_ONE = {
    "gb18030": (0xB0A1, 0xD7F9),
    "big5hkscs": (0xA440, 0xC67E),
    "cp932": (0x889F, 0x9872),
    "euc_jp": (0xB0A1, 0xCFD3),
}
"""Where each encoding keeps its common Chinese characters."""
BROADER = {
    "euc-kr": "cp949", "euc_kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "windows-949": "cp949", "x-windows-949": "cp949", "uhc": "cp949", "shift_jis": "cp932", "shift-jis": "cp932",
    "sjis": "cp932", "x-sjis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs",
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252",
}  # fmt: skip
"""Declared names that in practice mean the larger set."""


def decode(data: bytes, *, name: str, declared: str | None = None) -> str:
    """The text of a file. `declared` is what the file or its sender calls the encoding.

    Raises Refused when these bytes are no text or nobody can tell in which encoding they are.
    """
    marked = next((codec for mark, codec in BOMS if data.startswith(mark)), None)
    if unicode := marked or _wide(data):
        return _sober(data.decode(unicode, "replace"), name)
    if b"\x00" in data:
        raise Refused("read.binary", name=name)
    if b"\x1b" in data[:SAMPLE]:
        for mark, codec in ESCAPES:
            if mark in data[:SAMPLE] and (text := _strict(data, codec)) is not None:
                return text
    if (text := _strict(data, "utf-8")) is not None:
        return _sober(text, name)
    return _legacy(data, name, declared)


def _legacy(data: bytes, name: str, declared: str | None) -> str:
    """The text in one of the encodings from before Unicode, by what reads best."""
    sample = _sample(data)
    if codec := _known(declared):
        text = sample.decode(codec, "replace")
        if text.count("\ufffd") * 100 <= len(text) and score(text, codec) > 0:
            return data.decode(codec, "replace")
    candidates = ("utf-8", "cp949", "johab", "cp932", "euc_jp", "gb18030", "big5hkscs", "cp1252")
    best, codec = max((score(sample.decode(codec, "replace"), codec), codec) for codec in candidates)
    if best >= GOOD:
        return data.decode(codec, "replace")
    return _guessed(data, sample, name)


def _guessed(data: bytes, sample: bytes, name: str) -> str:
    """What charset-normalizer makes of it: the encodings of the rest of the world."""
    from charset_normalizer import from_bytes

    match = from_bytes(sample).best()
    if match is None or match.percent_chaos > 20:
        raise Refused("read.encoding", name=name)
    return _sober(data.decode(match.encoding, "replace"), name)


def score(text: str, codec: str) -> float:
    """How much a decoded sample reads like text of the people who use the codec: at most 1, nonsense below 0."""
    signs = [(sign, index) for index, sign in enumerate(text) if sign > "\x7f" or _control(sign)]
    if not signs:
        return 0.0
    if codec == "cp1252":
        return sum(_western(text, index) for _, index in signs) / len(signs)
    return sum(_weight(sign, codec) for sign, _ in signs) / len(signs)


def _weight(sign: str, codec: str) -> float:
    """How likely a character is in the codec's languages."""
    if sign == "\ufffd" or unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs"):
        return -3.0
    if codec == "utf-8":
        return 1.0
    if "가" <= sign <= "힣":
        return _syllable(sign, codec)
    if "\u3131" <= sign <= "\u318e":
        return 0.5 if codec in KOREAN else -0.5
    if "\u3041" <= sign <= "\u30ff":
        return 1.0 if codec in JAPANESE else -0.2
    if "\uff61" <= sign <= "\uff9f":
        return -0.3
    if "\u4e00" <= sign <= "\u9fff":
        return _ideograph(sign, codec)
    if "\u2000" <= sign <= "\u27bf" or "\u3000" <= sign <= "\u303f" or "\uff00" <= sign <= "\uffef":
        return 0.4
    return 0.4 if sign in "·×÷°±§" else -0.3


def _syllable(sign: str, codec: str) -> float:
    """Nearly all Korean is made of the 2,350 syllables of KS X 1001. Johab gives a syllable for most bytes, so only
    frequent ones speak for it."""
    if codec == "johab" and sign not in FREQUENT:
        return 0.2 if _in_ks_x_1001(sign) else -1.0
    return 1.0 if codec in KOREAN and _in_ks_x_1001(sign) else -1.0


def _in_ks_x_1001(sign: str) -> bool:
    return len(sign.encode("euc_kr", "ignore")) == 2  # Python spells the other syllables in eight bytes


def _ideograph(sign: str, codec: str) -> float:
    if codec in KOREAN:
        return -0.5
    first, last = LEVEL_ONE[codec]
    return 0.7 if first <= int.from_bytes(sign.encode(codec), "big") <= last else -0.1


def _western(text: str, index: int) -> float:
    """Western letters with accents stand alone between plain ones; mojibake comes in runs."""
    sign = text[index]
    if sign == "\ufffd" or _control(sign):
        return -3.0
    lonely = all(not beside or beside < "\x80" for beside in (text[index - 1 : index], text[index + 1 : index + 2]))
    if sign.isalpha():
        return 0.9 if lonely and (sign.islower() or not text[index - 1 : index].islower()) else -0.4
    return 0.5 if lonely or sign in "“”‘’–—…«» " else -0.4


def _wide(data: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by where its zero bytes stand."""
    sample = data[:SAMPLE]
    if len(sample) < 4 or sample.count(0) * 50 < len(sample):
        return None
    zeros = [sample[start::4].count(0) for start in range(4)]
    quarter = len(sample) // 4
    if len(data) % 4 == 0 and zeros[2] >= quarter and zeros[3] >= quarter:
        return "utf-32-le"
    if len(data) % 4 == 0 and zeros[0] >= quarter and zeros[1] >= quarter:
        return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    codec = "utf-16-le" if odd > even else "utf-16-be"
    text = sample[: len(sample) // 2 * 2].decode(codec, "replace")
    nonsense = sum(sign == "\ufffd" or _control(sign) or unicodedata.category(sign) in ("Cn", "Co") for sign in text)
    return codec if min(even, odd) * 20 <= max(even, odd) and nonsense * 50 <= len(text) else None


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _sober(text: str, name: str) -> str:
    """The text, unless it is full of characters that no text has."""
    sample = text[:SAMPLE]
    strange = sum(map(_control, sample)) + sample.count("\ufffd")
    if strange * 20 > len(sample):
        raise Refused("read.binary", name=name)
    return text


def _known(declared: str | None) -> str | None:
    """The codec of a declared encoding; None when Python has none of that name."""
    plain = (declared or "").strip(" \"'").lower()
    try:
        return BROADER.get(plain) or codecs.lookup(plain).name
    except (LookupError, ValueError):
        return None


def _sample(data: bytes) -> bytes:
    """The beginning of the file, cut where no character is cut."""
    if len(data) <= SAMPLE:
        return data
    end = data.rfind(b"\n", 0, SAMPLE)
    return data[: end if end > 0 else SAMPLE]


def _control(sign: str) -> bool:
    return (sign < " " and sign not in "\t\n\r\f\x1a\x1b") or "\x7f" <= sign <= "\x9f"


def visible(parts: Iterable[str]) -> bool:
    """Whether any of the parts holds more than white space and marks that show nothing."""
    return any(not sign.isspace() and unicodedata.category(sign) not in ("Cf", "Cc") for part in parts for sign in part)
