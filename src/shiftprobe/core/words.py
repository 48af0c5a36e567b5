"""Words of a sentence that every package says alike."""

from collections.abc import Sequence


def listed(parts: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'; empty without any."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def counted(count: int, noun: str, plural: str = "") -> str:
    """'1 seed', '1,000 images'."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def in_units(size: int) -> str:
    """Bytes as '340 MB' or '15.3 GB', the units of disks."""
    return f"{size / 1e9:.1f} GB" if size >= 10**9 else f"{size / 1e6:.0f} MB"
