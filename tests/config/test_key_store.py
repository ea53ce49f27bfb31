import os
import stat
import sys
import types

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoder.config.errors import ConfigError
from mycoder.config.key_store import KeyStore

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    """Not the keyring of whoever runs the tests."""
    monkeypatch.setitem(sys.modules, "keyring", None)


def test_a_key_is_kept_in_a_file_that_only_its_owner_can_read(tmp_path):
    store = KeyStore(tmp_path / "config")
    assert store.get("openai") == ""
    where = store.put("openai", "sk-1")
    assert str(store.file) in where
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.file.parent.stat().st_mode) == 0o700
    assert KeyStore(tmp_path / "config").get("openai") == "sk-1"
    assert store.places() == {"openai": str(store.file)}


def test_a_file_that_others_could_read_is_not_again(tmp_path):
    store = KeyStore(tmp_path)
    store.put("openai", "sk-1")
    os.chmod(store.file, 0o644)
    store.put("groq", "gsk-2")
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600
    assert (store.get("openai"), store.get("groq")) == ("sk-1", "gsk-2")


def test_a_key_can_be_taken_away(tmp_path):
    store = KeyStore(tmp_path)
    store.put("openai", "sk-1")
    assert store.remove("openai")
    assert not store.remove("openai")
    assert store.get("openai") == ""
    assert "sk-1" not in store.file.read_text()


def test_a_broken_file_is_an_error_that_names_it(tmp_path):
    store = KeyStore(tmp_path)
    store.file.write_text('{"openai": ')
    with pytest.raises(ConfigError, match=r"keys\.json.*mend the file"):
        store.get("openai")


@settings(deadline=None)  # the disk is as fast as it is
@given(keys=st.dictionaries(st.sampled_from(["openai", "groq", "zai"]), KEYS))
def test_what_is_put_is_got(tmp_path_factory, keys):
    store = KeyStore(tmp_path_factory.mktemp("keys"))
    for name, key in keys.items():
        store.put(name, key)
    assert {name: store.get(name) for name in keys} == keys


class Ring(types.ModuleType):
    """A keyring in memory behind the functions of the package."""

    def __init__(self, *, priority=5, is_locked=False):
        super().__init__("keyring")
        self.held, self.priority, self.is_locked = {}, priority, is_locked

    def get_keyring(self):
        return self

    def set_password(self, service, name, key):
        if self.is_locked:
            raise RuntimeError("locked")
        self.held[service, name] = key

    def get_password(self, service, name):
        return self.held.get((service, name))

    def delete_password(self, service, name):
        del self.held[service, name]


def test_a_keyring_has_the_key_and_the_file_has_not(tmp_path, monkeypatch):
    ring = Ring()
    monkeypatch.setitem(sys.modules, "keyring", ring)
    store = KeyStore(tmp_path)
    assert "keyring" in store.put("openai", "sk-1")
    assert "sk-1" not in store.file.read_text()
    assert store.get("openai") == "sk-1"
    assert store.places() == {"openai": "keyring"}
    assert store.remove("openai")
    assert ring.held == {}


@pytest.mark.parametrize("ring", [Ring(priority=0), Ring(is_locked=True)])
def test_a_keyring_that_keeps_nothing_leaves_the_file(tmp_path, monkeypatch, ring):
    monkeypatch.setitem(sys.modules, "keyring", ring)
    store = KeyStore(tmp_path)
    store.put("openai", "sk-1")
    assert "sk-1" in store.file.read_text()
    assert store.get("openai") == "sk-1"
