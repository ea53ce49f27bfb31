"""What is taken for a secret, what is not, and that it makes no difference in how many pieces a text comes."""

import random
import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mycoder.protocol.redact import Redactor, Stream, placeholder
from mycoder.protocol.secrets import PLACEHOLDER, SHAPES, is_made, is_random, is_secret_name, is_secret_value

OWN = "canary-9f3-of-this-session"


def made(size: int, alphabet: str = string.ascii_letters + string.digits, seed: int = 1) -> str:
    """Digits and letters in any case, the same for the same seed."""
    return "".join(random.Random(seed).choices(alphabet, k=size - 4)) + "aB3x"


UPPER = string.ascii_uppercase + "234567"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    + "\n".join(made(64, seed=n) for n in range(5))
    + "\n-----END RSA PRIVATE KEY-----"
)

SECRETS = {
    "openai": "sk-" + made(48),
    "anthropic": "sk-ant-api03-" + made(90),
    "github": "ghp_" + made(36),
    "github fine": "github_pat_" + made(60),
    "gitlab": "glpat-" + made(20),
    "slack": "xoxb-123456789012-" + made(24),
    "slack app": "xapp-1-A012-" + made(30),
    "aws": "AKIA" + made(16, UPPER).upper().replace("3X", "QQ"),
    "google": "AIza" + made(35),
    "google secret": "GOCSPX-" + made(28),
    "stripe": "sk_live_" + made(24),
    "npm": "npm_" + made(36),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + made(60),
    "docker": "dckr_pat_" + made(27),
    "hugging face": "hf_" + made(34),
    "groq": "gsk_" + made(52),
    "nvidia": "nvapi-" + made(64),
    "sendgrid": "SG." + made(22) + "." + made(43),
    "jwt": f"eyJ{made(30)}.eyJ{made(80)}.{made(43)}",
    "pem": PEM,
    "own": OWN,
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "a {} b",
        "x='{}'",
        '{{"k": "{}"}}',
        "12\t{}",
        "({})",
        "<{}>",
        "ключ: {}。",
        "https://h/?q={}&x=1",
    ],
)
def test_known_shapes_are_found_wherever_they_stand(name: str, frame: str) -> None:
    secret = SECRETS[name]
    if name == "pem" and "?q=" in frame:
        return
    text = frame.format(secret)
    clean = Redactor([OWN]).text(text)
    assert secret not in clean
    assert PLACEHOLDER in clean
    assert clean.startswith(frame.partition("{}")[0].replace("{{", "{")[:2])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://shop:Tr0ub4dor@db/shop", "Tr0ub4dor"),
        ("git remote add x https://x-access-token:abcd1234efgh@host/r.git", "abcd1234efgh"),
        ("Authorization: Bearer abc123def456ghi7", "abc123def456ghi7"),
        ("-H 'authorization: Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
        ('password = "hunter2hunter2"', "hunter2hunter2"),
        ("'db_password': 'Abc123Xyz789'", "Abc123Xyz789"),
        ('config["api_key"] = "9a8b7c6d5e4f"', "9a8b7c6d5e4f"),
        ("DB_PASSWORD=Tr0ub4dor&3x", "Tr0ub4dor"),
        ("export STRIPE_SECRET_PROD='a1b2c3d4e5f6'", "a1b2c3d4e5f6"),
        ("src/.env:3:SERVICE_TOKEN=a1b2c3d4e5f6", "a1b2c3d4e5f6"),
        (r"{\"client_secret\": \"a1b2c3d4e5f6\"}", "a1b2c3d4e5f6"),
    ],
)
def test_values_beside_a_name_that_says_so(text: str, secret: str) -> None:
    assert secret not in Redactor().text(text)


@pytest.mark.parametrize(
    "text",
    [
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "9fceb02 Mend the total",
        "id 123e4567-e89b-12d3-a456-426614174000",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "integrity sha512-" + made(86) + "==",
        "data:image/png;base64," + made(400),
        "token = self.tokens[position + 1]",
        "password = getpass.getpass('Password: ')",
        'password = "changeme"',
        'api_key = os.environ["OPENAI_API_KEY"]',
        "API_KEY=${OPENAI_API_KEY}",
        "AWS_KEY=AKIAIOSFODNN7EXAMPLE",
        "http://user:password@host",
        "sk-cube-grid-animation-delay-container",
        "class MaskRCNN: task_id = 'risk-assessment-2026-11-22-final'",
        "if '-----BEGIN PRIVATE KEY-----' in text: return Kind.KEY  # and so on, and on, and on",
        "key=lambda item: item.key1",
        "[redacted:github-token:409b]",
        "PASSWORD_HASHERS = ['django.contrib.auth.hashers.PBKDF2PasswordHasher']",
        "http://localhost:8000/a@b",
        "tests/test_token.py::test_access_token_1",
        "hf_home_directory_of_models_and_data",
        "",
    ],
)
def test_what_work_needs_to_be_seen_survives(text: str) -> None:
    assert Redactor([OWN]).text(text) is text


def test_our_own_source_has_no_secret_in_it() -> None:
    import mycoder

    for file in Path(mycoder.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not [text[h.start - 40 : h.end] for h in Redactor().found(text)], file


def test_exports_and_crash_logs_are_read_more_strictly() -> None:
    lone = "Zx9" + made(40, seed=7)
    commit = "9fceb02d0ae598e95dc970b74767f19372d61af8"
    text = f"value {lone} at {commit}, password: Tr0ub4dor3"
    assert Redactor().text(text) is text
    clean = Redactor().text(text, is_strict=True)
    assert lone not in clean
    assert "Tr0ub4dor3" not in clean
    assert commit in clean


def test_only_variables_that_hold_a_secret_count_as_one() -> None:
    env = {
        "OPENAI_API_KEY": OWN,
        "GITHUB_TOKEN": "short",
        "SSH_AUTH_SOCK": "/run/user/1000/ssh.sock",
        "KEYBOARD_LAYOUT": "de-latin1-nodeadkeys",
        "AUTHOR": "somebody 1 of the world",
        "DB_PASSWORD": "postgres",
        "MY_MODEL": "named-in-settings-1",
    }
    redactor = Redactor.of(env, ["MY_MODEL"])
    text = " ".join(env.values())
    clean = redactor.text(text)
    assert OWN not in clean
    assert "named-in-settings-1" not in clean
    for kept in ("short", "/run/user/1000/ssh.sock", "de-latin1-nodeadkeys", "somebody", "postgres"):
        assert kept in clean


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "GH_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "X_PAT"]
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["PATH", "KEYBOARD", "MONKEY", "AUTHOR", "TOKENIZERS_PARALLELISM", "HOME"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret_name(name)


def test_the_measure_of_made_values() -> None:
    assert is_made("a1b2c3d4e5")
    assert not is_made("aaaaaaaaaa1")
    assert not is_made("justwords")
    assert not is_random("9fceb02d0ae598e95dc970b74767f19372d61af8")
    assert not is_secret_value("a word")


text_with_secrets = st.lists(
    st.one_of(
        st.sampled_from(
            [*SECRETS.values(), "\n", " ", "password = ", '"', "=", "x", "\u4e2d\u6587", "\U0001f600"]
        ),
        st.sampled_from(
            ["-----BEGIN ", "-----", "RSA PRIVATE KEY-----", "bearer ", "https://u:", "@h/", "AKIA"]
        ),
        st.text(max_size=12),
    ),
    max_size=14,
).map("".join)


@given(text=text_with_secrets, cuts=st.lists(st.integers(0, 2000), max_size=8))
@example(text="https://u:AKIA\x08@h/", cuts=[15])
@example(text="https://\x1cu:AKIA2\x1f3@h/", cuts=[14, 17])
@settings(max_examples=200, deadline=None)
def test_pieces_are_redacted_like_the_whole(text: str, cuts: list[int]) -> None:
    redactor = Redactor([OWN])
    stream, at, out = Stream(redactor), 0, []
    for cut in sorted({*[c % (len(text) + 1) for c in cuts], len(text)}):
        out.append(stream.push(text[at:cut]))
        at = cut
    assert "".join(out) + stream.flush() == redactor.text(text)


@given(words=st.lists(st.one_of(st.sampled_from(sorted(SECRETS.values())), st.text(max_size=12)), max_size=9))
@settings(max_examples=200, deadline=None)
def test_redacting_twice_is_redacting_once(words: list[str]) -> None:
    redactor, text = Redactor([OWN]), " ".join(words)
    once = redactor.text(text)
    assert redactor.text(once) == once


@given(text=text_with_secrets)
@settings(max_examples=200, deadline=None)
def test_a_file_that_holds_the_secret_gets_it_back(text: str) -> None:
    redactor = Redactor([OWN])
    digests = [placeholder(text[h.start : h.end], h.kind) for h in redactor.found(text)]
    secrets = {text[h.start : h.end] for h in redactor.found(text)}
    if len(set(digests)) == len(secrets) and PLACEHOLDER not in text and "<U+" not in text:
        assert redactor.restored(redactor.text(text), text) == text


def test_nothing_is_restored_that_is_not_in_the_file() -> None:
    redactor = Redactor([OWN])
    words = redactor.text(OWN)
    assert redactor.restored(words, "another file") == words


def test_a_delta_is_not_held_longer_than_needed() -> None:
    stream = Stream(Redactor())
    assert stream.push("All of this is ") == "All of this is "
    assert stream.push("cer") == "cer"
    assert stream.push("tain. e") == "tain. "
    assert stream.push("yJ") == ""
    assert stream.push("e") == ""
    assert stream.push(" no token: ab") == "eyJe no token: "
    assert stream.push("c\n") == "abc\n"
    assert stream.push("完成了") == "完成了"
    assert len(stream.push("x" * 9000)) == 9000


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----" * 8_000,
        ("-----BEGIN PRIVATE KEY-----" + "a" * 200) * 1_000 + "!-----END PRIVATE KEY-----",
        "password" * 30_000,
        "eyJ" * 80_000,
        "://" + "a" * 200_000,
        "https://a:" * 30_000,
        "sk-" * 80_000,
        "KEY_" * 60_000 + "=",
    ],
    ids=range(8),
)
def test_hostile_text_costs_no_more_than_other_text(text: str) -> None:
    import time

    started = time.process_time()
    Redactor().text(text)
    assert time.process_time() - started < 3, "what takes 20 ms is meant, not seconds"


def test_every_shape_says_where_to_look() -> None:
    for shape in SHAPES:
        assert shape.markers, shape.kind
