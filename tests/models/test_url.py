import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.models.url import Url, is_loopback, parse_url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api.openai.com/v1", Url("https", "api.openai.com", 443, "/v1")),
        ("HTTP://LocalHost:8000", Url("http", "localhost", 8000)),
        ("http://[::1]:11434/v1/", Url("http", "::1", 11434, "/v1/")),
        (
            "https://x.azure.com/openai?api-version=v1",
            Url("https", "x.azure.com", 443, "/openai", "api-version=v1"),
        ),
        ("http://me:p%40ss@proxy:3128", Url("http", "proxy", 3128, user="me", password="p@ss")),
        ("http://me:a@b@proxy:3128", Url("http", "proxy", 3128, user="me", password="a@b")),
        ("socks5://127.0.0.1", Url("socks5", "127.0.0.1", 1080)),
        ("https://bücher.example/ä", Url("https", "xn--bcher-kva.example", 443, "/%C3%A4")),
        ("https://a.b/c#fragment", Url("https", "a.b", 443, "/c")),
    ],
)
def test_urls_are_split(text: str, expected: Url) -> None:
    assert parse_url(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.openai.com/v1",
        "ftp://x",
        "http://",
        "http://a:b",
        "http://a:0",
        "http://a:65536",
        "http://[::1",
        "http://a b/",
        "http://a\r\nX-Evil: 1/",
        "http://\x00",
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        parse_url(text)


def test_a_refusal_does_not_tell_the_password() -> None:
    with pytest.raises(ValueError) as caught:
        parse_url("http://me:secret@host:port")
    assert "secret" not in str(caught.value)


def test_a_scheme_can_be_assumed() -> None:
    assert parse_url("proxy.corp:8080", "http") == Url("http", "proxy.corp", 8080)


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("https://h/v1", "/v1/chat/completions"),
        ("https://h/v1/", "/v1/chat/completions"),
        ("https://h", "/chat/completions"),
        ("https://h/o?api-version=1", "/o/chat/completions?api-version=1"),
    ],
)
def test_paths_are_joined_below_the_base(base: str, target: str) -> None:
    assert parse_url(base).join("chat/completions") == target


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("http://h:80/", "h"),
        ("https://h:80/", "h:80"),
        ("http://[::1]/", "[::1]"),
        ("http://[::1]:81/", "[::1]:81"),
    ],
)
def test_the_authority_leaves_out_the_schemes_own_port(text: str, authority: str) -> None:
    assert parse_url(text).authority == authority


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.8.7", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost.evil.com", "128.0.0.1", "127.0.0.1.nip.io", "127.evil", "example.com"]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@given(st.text(max_size=40))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        url = parse_url(text, "http")
    except ValueError:
        return
    assert url.host
    assert 0 < url.port < 65536
    assert url.host.isascii()
    assert url.path.isascii()
