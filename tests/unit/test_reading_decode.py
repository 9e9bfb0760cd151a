"""Text of any encoding becomes text, or a reason; never nonsense."""

import pytest

from core.backends.reading.decode import SAMPLE, decode, score, visible
from core.errors import Refused

KOREAN = "안녕하세요. 새로 온 직원은 첫날에 노트북을 받고 보안 교육을 듣습니다. 연차는 15일입니다.\n"
SHORT = "이름,나이,주소\n김철수,30,서울\n"
JAPANESE = "こんにちは。新入社員は初日にノートパソコンを受け取り、研修を受けます。\n"
CHINESE = "新员工第一天领取笔记本电脑，并参加安全培训。年假为十五天。\n"
TAIWANESE = "新員工第一天領取筆記型電腦，並參加安全培訓。年假為十五天。\n"
FRENCH = "L'été était très chaud cette année. J'ai acheté un café à 3,50 €. « Où êtes-vous ? »\n"
GERMAN = "Die schöne Frau hat Kaffee mit Kuchen für große Gäste. Äpfel, Öl und Übung.\n"
RUSSIAN = "Новый сотрудник в первый день получает ноутбук и проходит обучение безопасности.\n"
GREEK = "Ο νέος υπάλληλος λαμβάνει φορητό υπολογιστή την πρώτη ημέρα και παρακολουθεί εκπαίδευση.\n"
HEBREW = "העובד החדש מקבל מחשב נייד ביום הראשון ועובר הדרכת אבטחה. חופשה של חמישה עשר ימים.\n"
ARABIC = "يحصل الموظف الجديد على حاسوب محمول في اليوم الأول ويحضر تدريبا على الأمن.\n"


@pytest.mark.parametrize("times", [1, 200])
@pytest.mark.parametrize(
    ("text", "codec"),
    [
        *((KOREAN, codec) for codec in ("utf-8", "utf-8-sig", "cp949", "johab", "iso2022_kr", "utf-16", "utf-32")),
        *((KOREAN, codec) for codec in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")),
        *((SHORT, codec) for codec in ("cp949", "euc_kr", "johab", "utf-16-le")),
        *((JAPANESE, codec) for codec in ("cp932", "euc_jp", "iso2022_jp")),
        *((CHINESE, codec) for codec in ("gb18030", "gbk")),
        (TAIWANESE, "big5"),
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
        *((RUSSIAN, codec) for codec in ("cp1251", "koi8-r")),
        (GREEK, "cp1253"),
        (HEBREW, "cp1255"),
        (ARABIC, "cp1256"),
    ],
)
def test_every_common_encoding_is_recognised(text: str, codec: str, times: int) -> None:
    assert decode((text * times).encode(codec), name="a.txt").removeprefix("\ufeff") == text * times


@pytest.mark.parametrize("declared", ["EUC-KR", '"ks_c_5601-1987"', "cp949"])
def test_a_declared_encoding_is_believed_where_it_fits(declared: str) -> None:
    assert decode("한 글자".encode("cp949"), name="a", declared=declared) == "한 글자"


def test_a_declared_encoding_that_does_not_fit_or_exist_is_ignored() -> None:
    for declared in ("euc-kr", "unheard-of", "big5", "x\x00y"):
        assert decode((KOREAN * 3).encode("johab"), name="a", declared=declared) == KOREAN * 3


def test_utf_8_is_utf_8_whatever_was_declared() -> None:
    assert decode(KOREAN.encode(), name="a", declared="euc-kr") == KOREAN


def test_a_few_broken_bytes_do_not_cost_the_rest() -> None:
    data = (KOREAN * 100).encode()

    assert decode(data[:3000] + b"\xff" + data[3000:], name="a").count("안녕하세요") >= 99


def test_an_escape_that_is_no_korean_stays_text() -> None:
    assert decode(b"colours \x1b[31mred\x1b[0m in a log", name="a").startswith("colours")
    assert decode("\x1b$)C 그리고 UTF-8".encode(), name="a").endswith("UTF-8")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"text\x00with\x01zero bytes at odd places \x02\x03" * 3, "read.binary"),
        (bytes(range(1, 32)) * 20, "read.binary"),
        (bytes(1000), "read.binary"),
        (b"\x00\x00\x00", "read.binary"),
        (b"\xff\xfe" + bytes([1, 0, 2, 0, 3, 0]) * 50, "read.binary"),
        (bytes((37 * number * number + 11 * number) % 127 + 129 for number in range(400)), "read.encoding"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(data, name="a.bin")

    assert refused.value.code in (code, "read.encoding")


def test_a_long_line_is_sampled_too() -> None:
    text = KOREAN.replace("\n", " ") * (SAMPLE // 50)

    assert decode(text.encode("cp949"), name="a") == text


@pytest.mark.parametrize("codec", ["cp949", "johab", "cp932", "euc_jp", "gb18030", "big5hkscs", "utf-8", "cp1252"])
def test_a_score_is_highest_for_the_right_encoding(codec: str) -> None:
    assert score("plain ASCII", codec) == 0
    assert score("\ufffd\ufffd", codec) < 0
    assert score(KOREAN, "cp949") == max(score(KOREAN, other) for other in ("cp949", "cp932", "gb18030", codec))


def test_marks_of_each_kind_weigh_for_or_against() -> None:
    assert score("ㅋㅋㅋ", "cp949") > score("ㅋㅋㅋ", "cp932")
    assert score("ｱｲｳ", "cp932") < 0
    assert score("뷁", "cp949") < 0
    assert score("、。「」", "cp949") > 0
    assert score("·", "cp949") > 0
    assert score("ж", "cp949") < 0
    assert score("漢", "cp949") < 0
    assert score("Ã©Ã¨", "cp1252") < 0
    assert score("5 € – a", "cp1252") > 0
    assert score("±²³", "cp1252") < 0
    assert score("\x81\x8d", "cp1252") < 0


def test_what_shows_nothing_is_not_visible() -> None:
    assert not visible(["", " \n\t", "\u200b\ufeff\x07"])
    assert visible([" ", "a"])
