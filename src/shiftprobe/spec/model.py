"""What a spec says of the network: its architecture, its weights, and how images reach it."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from shiftprobe.core.escape import escape
from shiftprobe.core.readers import Reader
from shiftprobe.spec.scalars import Finite, Positive, Whole

AUTO, TRAIN = "auto", "train"
"""An architecture that weights tell; weights that the run trains itself."""

MAX_CHECKPOINTS = 12
"""Checkpoints of one plan: as many as stand side by side on one page."""

_OF_A_FILE = ("part", "head_file", "rename")


class SpecPart(BaseModel):
    """A part of a spec: it knows its keys, and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Preprocessing(SpecPart):
    """How images reach the network: side in px, channels, mean and std as fractions of full scale."""

    size: Annotated[Whole, Field(ge=8, le=1024)]
    channels: Literal[1, 3]
    mean: tuple[Finite, ...]
    std: tuple[Positive, ...]
    resize: Annotated[Whole, Field(ge=8, le=2048)] | None = None  # px of the shorter side, then the centre
    interpolation: Literal["bilinear", "bicubic", "nearest", "area"] = "bilinear"
    order: Literal["RGB", "BGR"] = "RGB"
    crop: Literal["round", "floor", "square", "square_floor"] = "round"  # see models/preprocess.py

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Options that are as they always were stay out of the identity of a run."""
        options = {"resize": None, "interpolation": "bilinear", "order": "RGB", "crop": "round"}
        return {key: value for key, value in whole(self).items() if key not in options or value != options[key]}


def _listed(names: Any) -> Any:
    """A text would be a list of its letters."""
    if names is not None and not isinstance(names, list | tuple):
        raise ValueError("wanted a list such as [a.pt, b.pt]")
    return names


def _several(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names themselves when they are those of several different checkpoints."""
    if not 2 <= len(names) <= MAX_CHECKPOINTS:  # noqa: PLR2004 - one alone is `weights`
        raise ValueError(f"wanted 2 to {MAX_CHECKPOINTS} checkpoints (one alone is model.weights)")
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise ValueError(f"{escape(twice)} stands there twice; name each checkpoint once")
    if TRAIN in names:
        raise ValueError(f"wanted checkpoints that are brought; {TRAIN} is none, make a run of its own for it")
    return names


Checkpoints: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_several)]


class Model(SpecPart):
    """Architecture, where the source weights come from, and how images are prepared."""

    arch: str = "small_cnn"  # `auto`, and where weights are brought and nobody says: what they name or imply
    weights: str = "train"  # or a file, a folder, `lite0`, `torchvision:NAME@WEIGHTS`, `timm:NAME`, `hf_hub:NAME`
    checkpoints: Checkpoints | None = None  # in place of `weights`: a run of each
    part: str | None = None  # of a file that holds several networks
    head_file: str | None = None  # with the head's weights, where they stand apart
    rename: dict[str, str] | None = None  # paths of modules: the file's and the network's
    head: Literal["new", "source"] = "new"
    preprocess: Literal["auto"] | Preprocessing = "auto"
    reader: Literal["auto"] | Reader = "auto"  # of picture files on both sides

    @model_validator(mode="before")
    @classmethod
    def _implied(cls, given: Any) -> Any:
        """Weights that are brought tell their architecture."""
        if not isinstance(given, dict) or "arch" in given:
            return given
        brought = given.get("weights", TRAIN) != TRAIN or given.get("checkpoints") is not None
        return {**given, "arch": AUTO} if brought else given

    @model_validator(mode="after")
    def _told(self) -> "Model":
        if self.checkpoints is not None and self.weights != TRAIN:
            raise ValueError("model.weights, model.checkpoints: wanted one of them, got both; leave one out")
        brought = self.weights != TRAIN or self.checkpoints is not None
        if not brought and self.arch == AUTO:
            raise ValueError(f"model.arch: {AUTO} is read from weights, and none are brought; name one, or say weights")
        if not brought and any(getattr(self, key) is not None for key in _OF_A_FILE):
            raise ValueError("model.part, head_file, rename: of a file of weights, and none is brought; leave them out")
        return self

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        """What nobody said is not spelled out."""
        unsaid = {**dict.fromkeys((*_OF_A_FILE, "checkpoints")), "reader": AUTO}
        return {key: value for key, value in whole(self).items() if key not in unsaid or value != unsaid[key]}
