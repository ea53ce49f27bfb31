import pytest

from mycoder.ui.door import Options, SettingField
from mycoder.ui.setting_words import told


class Kept:
    """Settings of a face, and what was applied at once."""

    def __init__(self, tmp_path, origin="user"):
        self.values, self.applied, self.origin = {"mode": "auto", "ui.ascii": False}, [], origin
        self.options = Options(root=tmp_path, setting_fields=self.fields, save_setting=self.save)

    def fields(self):
        ways = {"mode": ("auto", "choice", ("plan", "auto")), "ui.ascii": (False, "switch", ())}
        return [
            SettingField(
                key=key,
                help="What it may do.",
                kind=ways[key][1],
                value=value,
                default=ways[key][0],
                choices=ways[key][2],
                origin="default" if value == ways[key][0] else self.origin,
            )
            for key, value in self.values.items()
        ]

    def save(self, key, value):
        if value == "yolo":
            raise ValueError("mode: 'yolo' is not possible")
        if self.origin == "user":
            self.values[key] = {"true": True}.get(value, value)

    def apply(self, key, value):
        self.applied.append((key, value))
        return key == "mode"

    def told(self, arguments):
        return told(self.options, arguments, self.apply)


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path)


def test_without_a_key_what_differs_is_shown(kept):
    assert kept.told("")[0].startswith("Every setting is as it comes.")
    kept.values["mode"] = "plan"
    assert "mode = plan  (user)" in kept.told("")[0]
    assert "ui.ascii" not in kept.told("")[0]


def test_one_setting_is_shown_with_its_choices(kept):
    text, level = kept.told("mode")
    assert text == "mode = auto  (default)\nWhat it may do. One of plan, auto."
    assert level == "info"


def test_a_change_is_saved_and_applied_by_its_real_value(kept):
    assert kept.told("mode plan") == ("mode = plan is saved. It holds now.", "info")
    assert kept.told("ui.ascii = true")[0] == "ui.ascii = true is saved. It holds from the next session on."
    assert kept.applied == [("mode", "plan"), ("ui.ascii", True)]


def test_mistakes_are_told(kept):
    assert kept.told("mod plan") == ("There is no setting mod with one value; did you mean mode?", "warning")
    assert kept.told("mode yolo") == ("mode: 'yolo' is not possible", "error")
    assert kept.applied == []


def test_what_another_place_overrules_is_said(tmp_path):
    kept = Kept(tmp_path, origin="command line")
    kept.values["mode"] = "plan"
    text, level = kept.told("mode auto")
    assert text == "mode = auto is saved, but command line says plan, which wins."
    assert level == "warning"
    assert kept.applied == []
