"""Rules for hosts, names that are none, and addresses that nobody may reach."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoder.sandbox.hosts import BadHost, HostRules, host_name, is_public


@pytest.mark.parametrize(
    ("rule", "host", "port", "allowed"),
    [
        ("allowed.com", "allowed.com", 443, True),
        ("allowed.com", "ALLOWED.com", 80, True),
        ("allowed.com", "allowed.com", 22, False),
        ("allowed.com:8443", "allowed.com", 8443, True),
        ("allowed.com:8443", "allowed.com", 443, False),
        ("allowed.com", "www.allowed.com", 443, False),
        ("allowed.com", "notallowed.com", 443, False),
        ("allowed.com", "allowed.com.evil.io", 443, False),
        (".allowed.com", "a.b.allowed.com", 443, True),
        ("*.allowed.com", "www.allowed.com", 443, True),
        (".allowed.com", "allowed.com", 443, False),
        (".allowed.com", "evilallowed.com", 443, False),
        (".allowed.com", "allowed.com.evil.io", 443, False),
    ],
)
def test_rules_compare_whole_labels(rule: str, host: str, port: int, allowed: bool) -> None:
    assert HostRules.of([rule]).allows(host_name(host), port) is allowed


def test_without_rules_nothing_is_allowed() -> None:
    assert not HostRules.of([]).allows("example.org", 443)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "allowed.com.",
        "allowed.com@evil.io",
        "evil\0allowed.com",
        "allowed.com\r\nHost: evil",
        "allowed com",
        "allowed.com/",
        "allowed.com?",
        "аllowed.com",
        "a..b",
        "-a.com",
        "a-.com",
        "%61.com",
        "169.254.169.254",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "1.2.3.0x4",
        "[::1]",
        "::1",
        "::ffff:169.254.169.254",
        "a" * 64 + ".com",
        "a." * 130 + "com",
    ],
)
def test_what_is_not_plainly_a_name_is_refused(text: str) -> None:
    with pytest.raises(BadHost):
        host_name(text)


@pytest.mark.parametrize(
    "rule", ["*", "", "*.*", "a.com:", "a.com:0", "a.com:x", "a.com:99999", "http://a.com"]
)
def test_rules_that_cannot_be_read_say_so(rule: str) -> None:
    with pytest.raises(BadHost):
        HostRules.of([rule])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.192",
        "198.18.0.1",
        "240.0.0.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:1::",
        "fe80::1%eth0",
        "nonsense",
        "",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


@given(st.text(max_size=40), st.sampled_from(["a.example", ".a.example"]))
def test_whatever_is_allowed_is_the_host_or_below_it(text: str, rule: str) -> None:
    for candidate in (text, f"{text}.a.example", f"{text}a.example", f"a.example{text}"):
        try:
            name = host_name(candidate)
        except BadHost:
            continue
        if HostRules.of([rule]).allows(name, 443):
            assert name.split(".")[-2:] == ["a", "example"]
            assert (len(name.split(".")) > 2) == rule.startswith(".")
