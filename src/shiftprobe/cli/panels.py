"""Options of a long command in panels of its help, by their names."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Annotated, get_args, get_origin

from typer.models import OptionInfo


def in_panels(panels: Mapping[str, Sequence[str]]) -> "Callable[[Callable[..., None]], Callable[..., None]]":
    """A command whose help shows options in panels; what none names stands under "Options".

    Args:
        panels: by title, names of parameters.
    """
    titles = {name: title for title, names in panels.items() for name in names}

    def grouped(command: Callable[..., None]) -> Callable[..., None]:
        for name in inspect.signature(command).parameters:
            if name in titles:
                command.__annotations__[name] = _shown(command.__annotations__[name], titles[name])
        return command

    return grouped


def _shown(annotation: object, title: str) -> object:
    """The same annotation with its option in a panel; options that commands share stay as they are."""
    if get_origin(annotation) is not Annotated:
        return annotation
    kind, *about = get_args(annotation)
    return Annotated[(kind, *(_titled(one, title) for one in about))]


def _titled(about: object, title: str) -> object:
    if not isinstance(about, OptionInfo):
        return about
    own = copy(about)
    own.rich_help_panel = title
    return own
