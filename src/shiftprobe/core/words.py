"""Words and numbers of a sentence that every package says alike."""

from collections.abc import Sequence


def listed(parts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'; empty without any."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def counted(count: int, noun: str, plural: str = "") -> str:
    """'1 seed', '1,000 images'."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def in_percent(fraction: float) -> str:
    """0.6861 -> '68.6'; nothing is ever -0.0."""
    return f"{100 * fraction:z.1f}"


def percent(fraction: float) -> str:
    """0.6861 -> '68.6 %'."""
    return f"{in_percent(fraction)} %"


def whole_percent(fraction: float) -> str:
    """0.6861 -> '69 %'."""
    return f"{100 * fraction:z.0f} %"


def in_points(difference: float) -> str:
    """A difference of fractions, in points with its sign: 0.0571 -> '+5.7'; nothing is ever -0.0."""
    return f"{100 * difference:+z.1f}"


def mean_std(mean: float | None, std: float | None) -> str:
    """'68.6 (1.0)' in percent; a dash for the spread of a single run, n/a for no value."""
    if mean is None:
        return "n/a"
    spread = "\N{EN DASH}" if std is None else in_percent(std)
    return f"{in_percent(mean)} ({spread})"


def in_units(size: int) -> str:
    """Bytes as '340 MB' or '15.3 GB', the units of disks."""
    return f"{size / 1e9:.1f} GB" if size >= 10**9 else f"{size / 1e6:.0f} MB"
