"""Published benchmarks of corruptions as points on our dials, so that their doses can be named and compared.

The constants are the authors', the pixels ours. Where our parameter means the same, the dose is the constant itself,
elsewhere the dose that moves real photographs equally far. docs/recipes.md tells which, and how far the two are apart.

    shift, severity = recipes.level("imagenet_c", "defocus_blur", 3)
    change = shifts.find(shift).at(severity)

Reference: D. Hendrycks and T. Dietterich (2019), Benchmarking neural network robustness to common corruptions and
perturbations, arXiv:1903.12261.
"""

from collections.abc import Mapping
from types import MappingProxyType

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.shifts.recipes.cifar_c import CIFAR_C
from shiftprobe.shifts.recipes.imagenet_c import IMAGENET_C
from shiftprobe.shifts.recipes.point import LEVELS, Constant, Point

__all__ = ["RECIPES", "Constant", "Point", "level", "recipe", "specs"]

RECIPES: Mapping[str, Mapping[str, Point]] = MappingProxyType(
    {"imagenet_c": MappingProxyType(IMAGENET_C), "cifar_c": MappingProxyType(CIFAR_C)}
)
"""The 15 corruptions of each benchmark, in the order of the paper's tables."""


def recipe(name: str) -> Mapping[str, Point]:
    """A recipe by its name: every corruption with its points.

    Raises:
        UnknownNameError: when there is none of that name.
    """
    if name not in RECIPES:
        raise UnknownNameError(f"no recipe named {escape(name)}{suggest(name, RECIPES)} (known: {', '.join(RECIPES)})")
    return RECIPES[name]


def level(name: str, corruption: str, level: int) -> tuple[str, float]:
    """The shift and the severity that stand for one corruption at one published level.

    Args:
        name: of the recipe.
        corruption: as the authors call it.
        level: 1 to 5.

    Returns:
        A name and a severity for `shifts.find(shift).at(severity)`.

    Raises:
        UnknownNameError: when there is no such recipe, or no such corruption in it.
        SpecError: when there is no such level, or our dial does not reach it.
    """
    points = recipe(name)
    if corruption not in points:
        hint = suggest(corruption, points)
        raise UnknownNameError(f"no corruption named {escape(corruption)} in {name}{hint} (known: {', '.join(points)})")
    if isinstance(level, bool) or level not in range(1, LEVELS + 1):
        raise SpecError(f"a published level is a whole number from 1 to {LEVELS}, got {escape(level)}")
    point = points[corruption]
    severity = point.levels[level - 1]
    if severity is None:
        raise SpecError(f"{name} {corruption}: {point.beyond}; use another level, or leave the corruption out")
    return point.shift, severity


def specs(name: str) -> dict[str, dict[str, list[str] | list[float]]]:
    """What a spec says to run each corruption of a recipe: its keys `shifts` and `severities`.

    Two levels may share a severity, and some may be off our dial: there can be fewer severities than levels, or none.

    Raises:
        UnknownNameError: when there is no recipe of that name.
    """
    return {corruption: {"shifts": [one.shift], "severities": _on(one)} for corruption, one in recipe(name).items()}


def _on(point: Point) -> list[float]:
    return sorted({severity for severity in point.levels if severity is not None})
