"""The site's own look: its logo and colour, on the console and on what holders see."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edge.core.colour import READABLE, WHITE, Rgb, contrast, mixed, parse, written
from edge.core.errors import SettingsError
from edge.settings import Settings

DARK_CARD, DARK_TEXT, LIGHT_GROUND = (24, 27, 35), (14, 19, 48), (245, 246, 248)
"""Of the stylesheet: what stands behind links in the dark and in the light."""
LARGEST = 200_000
TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@dataclass(frozen=True, kw_only=True)
class Brand:
    """css: empty where the product's own colour stays. logo: empty where its mark does. digest: of both, for their addresses."""

    css: str = ""
    logo: bytes = b""
    logo_type: str = ""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.css.encode() + self.logo).hexdigest()[:12]


def brand_of(settings: Settings) -> Brand:
    """Raises SettingsError: the logo cannot be read, is too large, or is no picture."""
    accent = parse(settings.site.accent)
    css = css_of(accent) if accent else ""
    if not settings.site.logo_file:
        return Brand(css=css)
    path = Path(settings.site.logo_file)
    if path.suffix.lower() not in TYPES:
        raise SettingsError(f"site.logo_file: {path.name}: one of {', '.join(TYPES)}", field="site.logo_file")
    try:
        logo = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"site.logo_file: {path} cannot be read ({error.strerror})", field="site.logo_file") from error
    if len(logo) > LARGEST:
        raise SettingsError(f"site.logo_file: at most {LARGEST // 1000} kB, it is {len(logo) // 1000}", field="site.logo_file")
    return Brand(css=css, logo=logo, logo_type=TYPES[path.suffix.lower()])


def css_of(accent: Rgb) -> str:
    """The tokens of the stylesheet that follow from one colour, in both themes, each readable where it stands."""
    light = {
        "accent": accent, "accent-deep": mixed(accent, (0, 0, 0), 0.8), "on-accent": WHITE, "accent-soft": mixed(accent, WHITE, 0.1),
    }  # fmt: skip
    bright = _until_readable(accent, DARK_CARD)
    dark = {
        "accent": bright, "accent-deep": mixed(bright, WHITE, 0.7), "on-accent": DARK_TEXT, "accent-soft": mixed(bright, DARK_CARD, 0.2),
    }  # fmt: skip
    return (
        f":root{{{_tokens(light)}}}\n.logo{{color:{written(accent)}}}\n:root[data-theme=dark]{{{_tokens(dark)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root[data-theme=auto]{{{_tokens(dark)}}}}}\n"
    )


def _until_readable(colour: Rgb, behind: Rgb) -> Rgb:
    """Lighter by steps, until text of it can be read there, and dark text on it."""
    for step in range(21):
        made = mixed(WHITE, colour, step / 20)
        if contrast(made, behind) >= READABLE and contrast(made, DARK_TEXT) >= READABLE:
            return made
    return WHITE


def _tokens(colours: dict[str, Rgb]) -> str:
    return "".join(f"--{name}:{written(colour)};" for name, colour in colours.items())
