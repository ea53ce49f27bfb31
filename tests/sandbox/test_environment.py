"""The environment that commands get."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.sandbox.environment import FIXED, NAMES, environment, is_secret


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_API_KEY", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("GITHUB_TOKEN", "x"),
        ("DB_PASSWORD", "x"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "x"),
        ("HTTPS_PROXY", "http://user:pass@proxy:8080"),
        ("JAVA_TOOL_OPTIONS", "-Dpassword=hunter2"),
        ("NODE_OPTIONS", "ghp_0123456789abcdef0123"),
        ("MAVEN_OPTS", "sk-0123456789abcdef0123"),
        ("LC_ALL", "-----BEGIN RSA PRIVATE KEY-----"),
        ("PIP_INDEX_URL", "https://me:tok@pypi.example/simple"),
    ],
)
def test_secrets_stay_out_even_when_somebody_lists_them(name: str, value: str) -> None:
    assert is_secret(name, value)
    assert name not in environment({name: value}, also=(name,), network=True)


def test_what_tools_need_is_passed_as_it_is() -> None:
    outside = {
        "PATH": "/a:/b",
        "LANG": "de_DE.UTF-8",
        "LC_TIME": "C",
        "VIRTUAL_ENV": "/v",
        "JAVA_HOME": "/j",
        "TZ": "CET",
    }
    assert {**outside, **FIXED} == environment(outside)


def test_nothing_is_invented() -> None:
    assert environment({}) == FIXED
    assert FIXED["TERM"] == "dumb"
    assert not {"CI", "LC_ALL", "NO_COLOR"} & set(environment({"CI": "1"}))


def test_a_person_can_allow_more_names() -> None:
    assert "DATABASE_URL" not in environment({"DATABASE_URL": "postgres://localhost/x"})
    assert environment({"DATABASE_URL": "postgres://localhost/x"}, also=("DATABASE_URL",))["DATABASE_URL"]


def test_proxies_only_with_the_network() -> None:
    outside = {"HTTPS_PROXY": "http://proxy:3128"}
    assert "HTTPS_PROXY" not in environment(outside)
    assert environment(outside, network=True)["HTTPS_PROXY"] == "http://proxy:3128"


@given(
    st.dictionaries(st.text(max_size=12) | st.sampled_from(sorted(NAMES)), st.text(max_size=20), max_size=8)
)
@settings(deadline=None)
def test_only_listed_names_ever_pass(outside: dict[str, str]) -> None:
    passed = environment(outside)
    assert all(name in NAMES or name.startswith("LC_") or name in FIXED for name in passed)
    assert all(passed[name] == FIXED[name] for name in FIXED)
