"""The contact sheet as one HTML page that loads nothing: pictures travel inside it."""

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from markupsafe import escape as escape_html

from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_bytes
from shiftprobe.core.types import Image
from shiftprobe.preview.sheet import LARGEST, Sheet, SheetGroup, SheetTile, enlargement

MAX_TEXT = 300  # characters of any one text
EXACT = 64  # px; up to this side a picture is stored exactly, as every pixel of it is seen


def write_html(sheet: Sheet, path: Path) -> Path:
    """Write the sheet as a page, whole or not at all; the same sheet gives the same bytes.

    Returns:
        The path.

    Raises:
        ResourceError: when the disk is full or the place not writable.
    """
    write_bytes(path, render(sheet).encode())
    return path


def render(sheet: Sheet) -> str:
    """The whole page as text."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("shiftprobe", "preview"), PackageLoader("shiftprobe", "report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    style = environment.loader.get_source(environment, "style.css")[0]  # type: ignore[union-attr] # set by us
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template("page.html").render(
        sheet=sheet,
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        picture=data_uri,
        size=_size,
        said=said,
        breakable=_breakable,
        largest=LARGEST,
    )


def _visible(value: Any) -> Any:
    """Foreign text with its control and bidirectional characters escaped; our own markup as it is."""
    return escape(value, MAX_TEXT) if isinstance(value, str) and not isinstance(value, Markup) else value


def said(group: SheetGroup, tile: SheetTile, severity: float, label: str) -> str:
    """What a picture shows, for those who do not see it: 'cat under gaussian_blur at severity 0.5, sigma 0.04 of …'."""
    who = label or "the image"
    if severity == 0:
        return f"{who} untouched"
    amount = f", {group.parameter} {tile.dose}".rstrip() if tile.dose else ""
    return f"{who} under {group.name} at severity {severity:g}{amount}"


def data_uri(image: Image) -> Markup:
    """PNG, exact, for an image up to 64 px; else WebP."""
    from PIL import Image as Pillow

    picture = Pillow.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    buffer = io.BytesIO()
    if max(picture.size) <= EXACT:
        picture.save(buffer, "PNG")
        kind = "png"
    else:
        picture.save(buffer, "WEBP", quality=85, method=2)
        kind = "webp"
    return Markup(f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}")  # noqa: S704 - base64


def _size(image: Image) -> tuple[int, int]:
    """Width and height on the page, in px."""
    height, width, _ = image.shape
    return width * enlargement(image), height * enlargement(image)


def _breakable(name: str) -> Markup:
    """A name that goes on in the next line after a member of a composition, else after an underscore."""
    members = escape_html(escape(name, MAX_TEXT)).replace("_", Markup("_<wbr>")).split("+")
    return Markup("+").join(Markup("<em>{}</em>").format(one) for one in members)
