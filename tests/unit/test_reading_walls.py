"""Pages that stand before a text are refused with what to do; pages that hold "
"one are read, whatever they are about."""

import pytest

from core.backends.reading import webpage
from core.backends.reading.file import File
from core.backends.reading.wire import REASONS
from core.errors import Refused
from tests.corpus import shared_data

SCRIPT = "<script src='/static/main.8f3a.js'></script>"
PASSWORD = (
    "<form action='/session'><label>Name</label><input name='u'><label>Word</label><input type='password'></form>"
)
LONG = (
    "<p>Whoever is away for more than three days tells the office in writing, names a deputy and says until when.</p>"
    * 16
)
SOME = "<p>Whoever is away for more than three days tells the office in writing and names a deputy.</p>" * 3


def wall(html: str) -> str | None:
    """The code of the refusal of a page; None where it is read."""
    try:
        webpage.read(File(html.encode(), "https://example.com/a"))
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("reason", ["login", "missing", "moved", "cookies", "script"])
def test_a_refusal_names_the_page_in_both_languages(reason: str) -> None:
    assert reason in REASONS
    refused = Refused(f"read.{reason}", name="https://example.com/a")
    assert "https://example.com/a" in refused.text("en")
    assert "https://example.com/a" in refused.text("ko")
    assert refused.text("en") != refused.text("ko")


@pytest.mark.parametrize(
    "html",
    [
        f"<title>Sign in · GitLab</title><body><h1>GitLab Enterprise</h1>{PASSWORD}<p>Forgot your password?</p>",
        f"<title>Intranet</title><body><p>Welcome back.</p>{PASSWORD}",
        f"<title>Log In ‹ Our blog — WordPress</title><body>{PASSWORD}<p>{'Use your company account. ' * 20}</p>",
        f"<title>로그인 | 사내 위키</title><body>{PASSWORD}{SOME}",
        f"<body><h2>Please log in</h2>{SOME}<input type=password>",
        "<title>Sign in to your account</title><body><p>Enter your address.</p><input type='email' name='loginfmt'>",
        "<title>Log in to Confluence - Atlassian</title><body><p>Continue</p><form><input name='username'></form>",
    ],
)
def test_a_page_that_asks_to_sign_in_is_refused(html: str) -> None:
    assert wall(html) == "read.login"


@pytest.mark.parametrize(
    "html",
    [
        f"<title>Notion</title><body><div id='notion-app'></div><noscript>Enable JavaScript</noscript>{SCRIPT}",
        f"<body><noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div>{SCRIPT}",
        f"<body><p>You need to enable JavaScript to run this app.</p>{SCRIPT}",
        f"<body><p>이 페이지를 보려면 자바스크립트를 활성화해야 합니다.</p><p>© Corp</p>{SCRIPT}",
        f"<body><div id='app'>Loading...</div>{SCRIPT}",
        f"<body><div>로딩 중입니다…</div>{SCRIPT}",
        f"<title>Just a moment...</title><body><p>www.example.com needs to review the security.</p>{SCRIPT}",
        f"<body><p>Checking your browser before you are passed on.</p>{SCRIPT}",
        f"<body><div id='root'> </div><div>© 2026 Example Corporation</div>{SCRIPT}",
        f"<body><div class='v2'></div>{SCRIPT}",
    ],
)
def test_a_page_that_is_drawn_by_scripts_is_refused(html: str) -> None:
    assert wall(html) == "read.script"


@pytest.mark.parametrize(
    "html",
    [
        "<body><p>Cookies are disabled in your browser. Please enable cookies and try again.</p>",
        "<body><p>이 사이트를 보려면 쿠키를 허용해 주세요.</p>",
        (
            "<title>Example</title><body><h2>We value your privacy</h2><p>We "
            "and our partners use cookies to fit our pages "
            "to you, to measure how our pages are used and to show you offers "
            "that fit.</p><p>You may change your consent "
            "at any time.</p><button> Accept  all </button><button>Manage options</button>"
        ),
        (
            "<body><p>저희는 쿠키를 쓰고, 쿠키로 방문 기록과 지역, 기기를 함께 알아봅니다. "
            "쿠키를 원하지 않으면 거부할 수 있고, 쿠키가 필요 없는 기능은 "
            "그대로 쓸 수 있습니다. 자세한 내용은 쿠키 정책을 봐 주세요. 저희 쿠키는 안전합니다."
            "</p><input type='submit' value='모두 동의'>"
        ),
    ],
)
def test_a_page_that_only_asks_about_cookies_is_refused(html: str) -> None:
    assert wall(html) == "read.cookies"


@pytest.mark.parametrize(
    "html",
    [
        "<title>404 Not Found</title><body><h1>Not Found</h1><p>nginx</p>",
        (
            "<title>Page not found | Example</title><body><p>Sorry, the page you are looking for does not exist.</p>"
            "<p>Go back to our home page, or look for it with the search at the "
            "top. Our most read pages are below.</p>"
        ),
        (
            "<title>Example</title><body><h1>404</h1><p>We can't find the page "
            "that you asked for, so have a look at these "
            "instead: products, prices, people, our blog, the places where we "
            "work, and how to reach us by telephone.</p>"
        ),
        "<body><h1>페이지를 찾을 수 없습니다.</h1><p>요청하신 페이지가 삭제되었거나 주소가 변경되었습니다.</p>",
    ],
)
def test_a_page_that_says_that_there_is_none_is_refused(html: str) -> None:
    assert wall(html) == "read.missing"


@pytest.mark.parametrize(
    "html",
    [
        (
            "<title>Redirection</title><meta http-equiv='Refresh' content='0; URL=../new/page.html'><body><p>See "
            "<a href='../new/page.html'>page</a>."
        ),
        "<title>Redirecting...</title><body><p>Redirecting to... <a href='ch18-00.html'>ch18-00.html</a>.</p>",
    ],
)
def test_a_page_that_passes_on_to_another_one_is_refused(html: str) -> None:
    assert wall(html) == "read.moved"


@pytest.mark.parametrize(
    "html",
    [
        f"<title>Log in</title><body><h1>Log in</h1>{LONG}{PASSWORD}",
        (
            "<title>How to sign in to the VPN</title><body><h1>How to sign in "
            "to the VPN</h1><p>Open the client and choose "
            "the office nearest to you. Enter your name and the six digits that your telephone shows.</p>"
        ),
        f"<title>Sign in - Guide</title><body><h1>Sign in</h1>{SOME}",
        f"<title>Forms</title><body><h1>A form for passwords</h1>{SOME}<p>An example:</p>{PASSWORD}",
        f"<title>Board</title><body><p>Parking rules have changed. {'The gate opens at seven. ' * 8}</p>{PASSWORD}",
        (
            "<body><h1>How to enable JavaScript</h1><p>Open the settings, "
            "choose Site settings and then JavaScript.</p>"
            f"<p>Some of our tools need JavaScript to be enabled, above all the time sheet, the room plan and the "
            f"list of who is away. Ask the desk on the second floor where that does not help you further.</p>{SCRIPT}"
        ),
        (
            "<body><p>You need to enable JavaScript in the terminal before the "
            "lift can be called from the ground floor."
            f" {'Then press the button beside the door for two seconds. ' * 3}</p>{SCRIPT}"
        ),
        f"<body><div id='root'><p>Fifteen days.</p></div>{SCRIPT}",
        f"<body><div id='app'></div>{SOME}{SCRIPT}",
        "<body><div>Loading...</div>",
        f"<body><p>Loading dock: open from seven.</p>{SCRIPT}",
        (
            f"<title>Cookies</title><body><h1>Cookies</h1><p>Our site sets two cookies: one to keep you signed in, "
            f"one for the language.</p>{SOME}<button>Accept all</button>"
        ),
        (
            "<body><p>In the kitchen there are cookies on Fridays, baked by "
            "whoever lost the bet of the week before. The "
            "cookies are for everybody who comes by, and the tin has to be "
            "washed by the last one.</p><button>Go</button>"
        ),
        f"<title>404 Not Found - HTTP | Handbook</title><body><h1>404 Not Found</h1>{LONG}",
        (
            "<title>404</title><body><h1>404</h1><p>Room 404 is on the fourth "
            "floor, to the left of the lift. It seats "
            "twelve people and has a screen; ask at the desk for the key, and "
            "bring it back in the evening, please.</p>"
        ),
        "<title>Lost and found</title><body><p>Whoever finds a page that was moved tells the desk.</p>",
        f"<meta http-equiv='refresh' content='300'><body>{SOME}",
        "<meta http-equiv='Content-Type' content='text/html'><body><p>Fifteen days.</p>",
        f"<meta http-equiv='refresh' content='5; url=/next'><body>{SOME}{SOME}",
        "<title>Moved to Busan</title><body><p>Our office is in Busan now.</p>",
        "<body><p>hello</p>",
    ],
)
def test_a_page_that_holds_a_text_is_read(html: str) -> None:
    assert wall(html) is None


def test_a_page_without_anything_is_for_others_to_judge() -> None:
    assert wall("<html><body><img src='x.png'></body></html>") is None


def test_the_title_for_social_networks_is_used_where_there_is_no_other() -> None:
    page = "<title> </title><meta property='og:title' content=' Hand\nbook '><body><h1>Leave</h1>"
    assert webpage.read(File(page.encode(), "a")).title == "Hand book"
    assert webpage.read(File(b"<meta property='og:title'><h1>Leave</h1>", "a")).title == "Leave"


@pytest.mark.corpus
def test_no_page_of_the_corpus_is_taken_for_a_wall() -> None:
    pages = [path for path in shared_data("documents").rglob("*") if path.suffix in (".html", ".htm")]
    assert pages
    for path in pages:
        assert webpage.read(File(path.read_bytes(), path.name)).blocks, path.name
