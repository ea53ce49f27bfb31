"""A theme of ours as one of Textual: every variable that our styles and Textual's own widgets read is set.

Textual would else derive texts with transparency, whose contrast nobody has measured.
"""

from textual.theme import Theme

from mycoder.ui.themes import ThemeColors


def textual_theme(theme: ThemeColors) -> Theme:
    c = theme.colors
    return Theme(
        name=theme.name,
        primary=c["primary"],
        secondary=c["secondary"],
        accent=c["accent"],
        success=c["success"],
        warning=c["warning"],
        error=c["error"],
        foreground=c["text"],
        background=c["background"],
        surface=c["surface"],
        panel=c["panel"],
        boost=c["surface"],
        dark=theme.is_dark,
        ansi=theme.is_ansi,
        text_alpha=1.0,
        variables=variables(theme),
    )


def variables(theme: ThemeColors) -> dict[str, str]:
    """Style variables by name: ours, and those of Textual that would carry text."""
    c = theme.colors
    text, muted, cursor = c["text"], c["muted"], c["cursor-bg"]
    own = {name: c[name] for name in ("added-bg", "removed-bg", "added-word-bg", "removed-word-bg")}
    own |= {f"syntax-{kind}": colour for kind, colour in theme.syntax.items()}
    own |= {"muted": muted, "selection-bg": c["selection-bg"], "cursor-bg": cursor}
    texts = {"text": text, "text-muted": muted, "text-disabled": muted, "foreground-muted": muted}
    texts |= {
        f"text-{role}": c[role] for role in ("primary", "secondary", "accent", "success", "warning", "error")
    }
    # rules of Textual's own screen name these two, and a change from a theme with them to one without is fatal
    texts |= {"ansi-background": c["background"], "ansi-foreground": text}
    if theme.is_ansi:
        # the palette is the terminal's, so what is chosen is shown by reversing it
        return own | texts | {"cursor-style": "bold reverse", "block-cursor-text-style": "reverse"}
    cursors = {
        "cursor-style": "bold",
        "block-cursor-background": cursor,
        "block-cursor-foreground": text,
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": cursor,
        "block-cursor-blurred-foreground": text,
        "block-hover-background": c["panel"],
        "input-selection-background": c["selection-bg"],
        "input-selection-foreground": text,
        "input-cursor-background": text,
        "input-cursor-foreground": c["background"],
        "screen-selection-background": c["selection-bg"],
        "screen-selection-foreground": text,
    }
    lines = {
        "border": c["primary"],
        "border-blurred": muted,
        "scrollbar": muted,
        "scrollbar-hover": c["primary"],
        "scrollbar-active": c["primary"],
        "scrollbar-background": c["background"],
        "scrollbar-background-hover": c["background"],
        "scrollbar-background-active": c["background"],
        "scrollbar-corner-color": c["background"],
    }
    links = {"link-color": c["primary"], "link-color-hover": text, "link-background-hover": cursor}
    headings = {f"markdown-h{n}-color": c["primary" if n < 3 else "secondary"] for n in range(1, 7)}
    headings |= {f"markdown-h{n}-background": c["background"] for n in range(1, 7)}
    return own | texts | cursors | lines | links | headings
