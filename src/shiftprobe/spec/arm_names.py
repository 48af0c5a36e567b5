"""Names of arms: `transfer`, or `transfer@scratch` for transfer trained as scratch is."""

AS = "@"


def base(arm: str) -> str:
    """The arm itself: how its weights begin and which of them learn."""
    return arm.partition(AS)[0]


def trained_as(arm: str) -> str:
    """The arm whose recipe and rate it is trained by; itself where its name says no other."""
    return arm.rpartition(AS)[2]


def crossed(pair: tuple[str, str]) -> tuple[str, str]:
    """Both arms of a pair, each trained as the other is."""
    first, second = pair
    return f"{base(first)}{AS}{trained_as(second)}", f"{base(second)}{AS}{trained_as(first)}"
