"""The key `source.trained`: which images trained a checkpoint that somebody brings."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

ALL, NONE = "all", "none"


def _several(value: object) -> object:
    """A name alone stands for a list of one."""
    if not isinstance(value, str | list | tuple):
        raise ValueError("wanted all, none, or the data that trained the checkpoint, as train.csv")  # noqa: TRY004
    return (value,) if isinstance(value, str) else value


def _alone(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names themselves, unless a word for every image stands among others, or one stands there twice."""
    if len(names) > 1 and {ALL, NONE} & set(names):
        raise ValueError("wanted all or none alone, or data by name")
    if len(set(names)) < len(names):
        raise ValueError("an entry stands there twice; name each once")
    return names


Trained: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(_several),
    AfterValidator(_alone),
]
"""`all` of the source's images, `none` of them, or those of some data by name or path, known by their content."""


def named(trained: tuple[str, ...] | None) -> tuple[str, ...]:
    """The data that holds the images; none where a word speaks for the source as a whole."""
    return () if trained is None or {ALL, NONE} & set(trained) else trained
