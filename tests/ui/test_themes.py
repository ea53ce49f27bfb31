from pathlib import Path

import pytest

from mycoder.ui import themes

ALL, PROBLEMS = themes.read_all()
GOOD = (themes.packaged() / "dusk.toml").read_text()


def test_there_are_enough_packaged_themes():
    assert PROBLEMS == []
    assert len(ALL) >= 8
    assert sum(not theme.is_dark for theme in ALL.values()) >= 2
    assert {"ansi", "contrast", themes.DEFAULT, themes.DEFAULT_LIGHT} <= set(ALL)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_text_can_be_read_on_every_ground_it_is_used_on(name):
    assert themes.weak_pairs(ALL[name]) == []


def test_high_contrast_is_enhanced_contrast():
    assert min(themes.contrast(ink, under) for _, ink, _, under in themes.pairs(ALL["contrast"])) >= 7


def test_contrast_is_that_of_the_definition():
    assert themes.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert themes.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert themes.contrast("#123456", "#123456") == 1


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('title = "Dusk"', 'title = "Dusk', 1, "not TOML"),
        ("dark = true", 'dark = "yes"', 2, "true or false"),
        ('text = "', 'txet = "', 8, "unknown colour 'txet'"),
        ('keyword = "#', 'keyword = "', 24, "#rrggbb"),
        ("[syntax]", "[other]", 1, "[syntax] is missing"),
        ('title = "Dusk"', 'title = "Dusk"\ncolour = 1', 2, "unknown key 'colour'"),
    ],
)
def test_a_broken_theme_names_file_and_line(tmp_path, old, new, line, words):
    file = written(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(themes.ThemeError) as caught:
        themes.read(file)
    assert caught.value.line == line
    assert f"{file}:{line}: " in str(caught.value)
    assert words in str(caught.value)


def test_a_missing_colour_is_named(tmp_path):
    lines = [line for line in GOOD.splitlines() if not line.startswith("accent")]
    with pytest.raises(themes.ThemeError, match=r":4: \[colors\] lacks accent"):
        themes.read(written(tmp_path, "\n".join(lines)))


def test_own_themes_replace_packaged_ones_and_broken_ones_are_reported(tmp_path):
    (tmp_path / "dusk.toml").write_text(GOOD.replace('"Dusk"', '"Mine"'))
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    found, problems = themes.read_all(tmp_path)
    assert found["dusk"].title == "Mine"
    assert "bad" not in found
    assert len(problems) == 1
    assert "bad.toml:1" in problems[0]


def test_an_own_theme_that_cannot_be_read_well_is_used_with_a_warning(tmp_path):
    dim = "\n".join('muted = "#333344"' if line.startswith("muted") else line for line in GOOD.splitlines())
    (tmp_path / "dim.toml").write_text(dim)
    found, problems = themes.read_all(tmp_path)
    assert "dim" in found
    assert any("muted #333344 on background" in problem for problem in problems)
