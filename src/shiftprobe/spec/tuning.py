"""What every arm tries: parts of the recipe with their values, as a whole grid or a seeded random search."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from shiftprobe.core import seeding
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.spec.scalars import Seed, Whole

if TYPE_CHECKING:
    import numpy as np

MAX_TRIALS = 100
EXACT = 2**53  # below it every whole number is a float
TO = ".."  # between the ends of a range
NO_PARTS = frozenset({"recipe", "validation", "tune", "precision", "threads", "device"})
"""Keys of `train` that every trial of a run shares."""

Value: TypeAlias = bool | int | float | str
Trial: TypeAlias = Mapping[str, Value]
"""Parts of the recipe that one trial sets, by the names that they have in `train`."""


def _scalar(given: object) -> Value:
    """A number as it is spelled; what is none stays a word."""
    if isinstance(given, bool):
        return given
    try:
        number = float(given)  # type: ignore[arg-type] # what is neither number nor text is refused here
    except OverflowError:
        raise ValueError("wanted finite numbers") from None
    except (TypeError, ValueError):
        if isinstance(given, str) and given:
            return given
        raise ValueError("wanted numbers or words") from None
    if not math.isfinite(number):
        raise ValueError("wanted finite numbers")
    return int(number) if number.is_integer() and abs(number) < EXACT else number


def ends(text: str) -> tuple[float, float]:
    """Both ends of a range such as "1e-4..1e-1".

    Raises:
        ValueError: when it is no two numbers, the lower one first and none below 0.
    """
    try:
        low, high = (float(end) for end in text.split(TO))
    except ValueError:
        raise ValueError("wanted two numbers around '..', as 1e-4..1e-1") from None
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("wanted finite numbers")
    if low < 0:
        raise ValueError("wanted a range of numbers from 0 up")
    if low >= high:
        raise ValueError(f"wanted a range from low to high, as {high:g}..{low:g}")
    return low, high


def _values(given: object) -> tuple[Value, ...] | str:
    """One value, several, or a range as text."""
    alone = given[0] if isinstance(given, list | tuple) and len(given) == 1 else given
    if isinstance(alone, str) and TO in alone:
        return TO.join(repr(_scalar(end)) for end in ends(alone))
    several = tuple(map(_scalar, given)) if isinstance(given, list | tuple) else (_scalar(given),)
    if not several:
        raise ValueError("wanted a value at least")
    if any(isinstance(one, str) and TO in one for one in several):
        raise ValueError("wanted one range or a list of values, not both")
    twice = next((one for one in several if several.count(one) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice!r} stands there twice; name each value once")
    return several


Values: TypeAlias = Annotated[tuple[Value, ...] | str, BeforeValidator(_values)]
"""The values of a part, each once; or a range "low..high": logarithmic, linear where it begins at 0."""


class Tune(BaseModel):
    """What every arm may try: the same trials for all, judged on their validation parts by the mean over seeds."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Values] = Field(init=False)

    trials: Annotated[Whole, Field(ge=2, le=MAX_TRIALS)] | None = None  # None: the whole grid
    seed: Seed = 0  # of a random search
    folds: Annotated[Whole, Field(ge=2, le=20)] | None = None  # None: the validation part alone judges

    @property
    def parts(self) -> Mapping[str, tuple[Value, ...] | str]:
        """Values by part, in the order of their names."""
        return dict(sorted(self.__pydantic_extra__.items()))

    @model_serializer(mode="wrap")
    def _short(self, whole: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Parts in one order; what nobody said is not spelled out."""
        usual = {"trials": None, "seed": 0, "folds": None}
        found = {key: value for key, value in whole(self).items() if key not in usual or value != usual[key]}
        return dict(sorted(found.items()))

    @model_validator(mode="after")
    def _tried(self) -> "Tune":
        if not self.parts:
            raise ValueError("wanted parts of the recipe to try, as lr: [1e-4, 1e-3, 1e-2]")
        ranges = [part for part, values in self.parts.items() if isinstance(values, str)]
        if self.trials is None and ranges:
            raise ValueError(f"{ranges[0]} is a range: say how many trials of it, as trials: 8")
        if ranges:
            return self
        count = math.prod(len(values) for values in self.parts.values())
        if count < 2:  # noqa: PLR2004 - nothing to choose from
            raise ValueError("wanted two trials at least, got one; give a part several values")
        if self.trials is None and count > MAX_TRIALS:
            raise ValueError(
                f"wanted at most {MAX_TRIALS} trials, got a grid of {count:,}; trials: 8 draws as many of them"
            )
        if self.trials is not None and self.trials > count:
            raise ValueError(f"wanted at most {count} trials, the whole grid, got {self.trials}; leave trials out")
        return self


def trials_of(tune: Tune, train: BaseModel) -> tuple[Trial, ...]:
    """Every trial of a search, the rate varying slowest; each is a recipe that `train` allows.

    A grid is tried whole. Of a grid, `tune.trials` are drawn without replacement. With a range each part is divided
    into as many strata as there are trials, and each stratum is drawn from once.

    Args:
        tune: what to try.
        train: the keys that the trials set, and those that they share.

    Raises:
        ValueError: when a part is unknown or shared by all trials, a value is none that it may have, or two trials
            are the same.

    Reference: Bergstra and Bengio, 2012, Journal of Machine Learning Research 13; strata: McKay, Beckman and Conover,
        1979, Technometrics 21(2).
    """
    kind = type(train)
    known = sorted((name for name in kind.model_fields if name not in NO_PARTS), key=lambda name: name != "lr")
    for part in tune.parts:
        if part not in known:
            raise ValueError(
                f"tune: wanted parts of the recipe, got {escape(part)}{suggest(part, known)} (known: "
                f"{', '.join(known)})"
            )
    parts = {name: tune.parts[name] for name in known if name in tune.parts}
    whole = frozenset(name for name in parts if _counts(kind.model_fields[name].annotation))
    shared = {name: getattr(train, name) for name in kind.model_fields if name != "tune"}
    found = [_allowed(kind, shared, one) for one in _drawn(tune, parts, whole)]
    if len({tuple(one.items()) for one in found}) < len(found):
        raise ValueError(f"tune: wanted {len(found)} different trials, got one twice; widen a range or try fewer")
    return tuple(found)


def _counts(annotation: object) -> bool:
    """Whether a part is a whole number."""
    kinds = {annotation, *getattr(annotation, "__args__", ())}
    kinds |= {inner for one in kinds for inner in getattr(one, "__args__", ())}
    return int in kinds and float not in kinds


def _allowed(kind: type[BaseModel], shared: Mapping[str, object], trial: Trial) -> Trial:
    """The trial as `train` reads it."""
    try:
        made = kind.model_validate({**shared, **trial})
    except ValidationError as error:
        first = error.errors()[0]
        place = str(first["loc"][0]) if first["loc"] else ", ".join(trial)
        said = first["msg"].replace("Input should be", "wanted").removeprefix("Value error, ")
        raise ValueError(f"tune: {escape(place)}: {said}, got {escape(repr(trial.get(place, trial)))}") from None
    return {name: getattr(made, name) for name in trial}


def _drawn(tune: Tune, parts: Mapping[str, tuple[Value, ...] | str], whole: frozenset[str]) -> list[Trial]:
    if any(isinstance(values, str) for values in parts.values()):
        count = tune.trials or MAX_TRIALS
        columns = [_column(values, count, (tune.seed, part), part in whole) for part, values in parts.items()]
        return [dict(zip(parts, row, strict=True)) for row in zip(*columns, strict=True)]
    grid: list[Trial] = [dict(zip(parts, row, strict=True)) for row in product(*parts.values())]
    if tune.trials is None:
        return grid
    order = seeding.generator(tune.seed, "trials of a grid").permutation(len(grid))
    return [grid[i] for i in order[: tune.trials]]


def _column(values: Sequence[Value] | str, count: int, address: tuple[int, str], whole: bool) -> list[Value]:
    """The values of one part in every trial: each stratum of a range, or each listed value, in a drawn order."""
    rng = seeding.generator(*address, "trials")
    turns = rng.permutation(count)
    if not isinstance(values, str):
        return [values[int(turn) % len(values)] for turn in turns]
    return [_between(*ends(values), (int(turn) + _share(rng)) / count, whole=whole) for turn in turns]


def _share(rng: "np.random.Generator") -> float:
    return float(rng.random())


def _between(low: float, high: float, share: float, *, whole: bool) -> Value:
    """The number at a share of a range, to three digits: logarithmic, linear where the range begins at 0."""
    found = low * (high / low) ** share if low > 0 else low + share * (high - low)
    if whole:
        return round(found)
    return min(high, max(low, float(f"{found:.3g}")))
