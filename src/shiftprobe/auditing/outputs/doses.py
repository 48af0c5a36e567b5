"""A dose in words that stand on a data sheet: px, degrees, per cent, a quality."""

from shiftprobe.auditing.measurements import DoseParameter

OF_SIDE, OF_LEVELS, OF_HUNDRED, ANGLE = "of the shorter side", "of 255", "of 100", "degrees"
WHITE = 255


def dose(value: float | None, unit: str, side: int | None) -> str:
    """One dose: '2.1 px', '26 of 255', 'quality 17', '22 %'; empty where nothing is changed.

    Args:
        value: in the shift's unit.
        unit: as the shift names it.
        side: px of the image's shorter side as the network sees it; None: lengths stay shares of it.
    """
    if value is None:
        return ""
    if unit == OF_SIDE:
        return f"{100 * value:.3g} %" if side is None else f"{value * side:.2g} px"
    known = {
        OF_LEVELS: f"{WHITE * value:.0f} of {WHITE}", OF_HUNDRED: f"{value:.0f}", ANGLE: f"{value:.3g}\N{DEGREE SIGN}",
        "times": f"\N{MULTIPLICATION SIGN}{value:.3g}", "": f"{value:.3g}",
    }  # fmt: skip
    if unit in known:
        return known[unit]
    return f"{100 * value:.3g} %" if unit.split(" ", maxsplit=1)[0] == "of" else f"{value:.3g} {unit}"


def about(one: DoseParameter, side: int | None) -> str:
    """What the doses of a row are: 'length (px of 28)', 'angle', 'light lost'."""
    return f"{one.name} (px of {side:,})" if one.unit == OF_SIDE and side is not None else one.name
