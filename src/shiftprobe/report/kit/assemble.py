"""One file out of template, style and script, allowed by their hashes and nothing else."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shiftprobe.core.escape import escape
from shiftprobe.report.kit import charts, svg, wording

MAX_TEXT = 2000  # characters of any one text on the page


SHORT_NAME = 60  # of a name


TIGHT_NAME = 30  # of a name where little room is left


def filled(template: str, contents: Mapping[str, object], styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A template of ours with its contents, its style and its script, in one file.

    Args:
        template: its file name.
        contents: what it names; text is escaped, `Markup` is not.
        styles: file names, joined in this order.
        scripts: file names, joined in this order.
    """
    environment = templates()
    style, script = (_joined(environment, names) for names in (styles, scripts))
    return environment.get_template(template).render(
        **contents,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=policy(style, script),
    )


@cache
def templates() -> Environment:
    """Our templates and what they may call; each is compiled once per process."""
    environment = Environment(
        loader=PackageLoader("shiftprobe", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["short"] = lambda text: escape(text, SHORT_NAME)
    environment.filters["tight"] = lambda text: escape(text, TIGHT_NAME)
    environment.filters["signed"] = wording.signed
    environment.filters["commands"] = wording.with_commands
    environment.filters["letter"] = wording.letter
    return environment


def _joined(environment: Environment, names: Sequence[str]) -> str:
    return "".join(environment.loader.get_source(environment, name)[0] for name in names)  # type: ignore[union-attr] # set by us


def policy(style: str, script: str) -> str:
    """What the browser may load: pictures that travel inside the page, and the two texts of these hashes."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _visible(value: object) -> object:
    """Foreign text with its control and bidirectional characters escaped; our own markup as it is."""
    return escape(value, MAX_TEXT) if isinstance(value, str) and not isinstance(value, Markup) else value


def key(arm: str) -> Markup:
    """An arm's line and mark, as the charts draw them."""
    place, shape = charts.look(arm)
    stroke = svg.line((0, 8), (28, 8), f"line arm{place}")
    mark = svg.marker(shape, 14, 8, 4.6, f"mark arm{place}")
    return svg.tag("svg", stroke, mark, class_="key", viewBox="0 0 28 16", aria_hidden="true")


def icon(verdict: str) -> Markup:
    """A verdict's mark, as the charts draw it."""
    return _mark(wording.MARKS[verdict].shape, f"verdict v-{verdict}")


def _mark(shape: str, kind: str) -> Markup:
    return svg.tag("svg", svg.marker(shape, 8, 8, 5.4, kind), class_="icon", viewBox="0 0 16 16", aria_hidden="true")
