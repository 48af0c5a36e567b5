"""What every contract raises."""

import re

VALID_NAME = re.compile(r"[a-z][a-z0-9_]*")


class ContractError(Exception):
    """A promise that a part of one's own breaks, in one sentence."""


def require(kept: object, what: str, promise: str) -> None:
    """Refuse what does not keep a promise.

    Args:
        kept: true when it is kept.
        what: whose promise: "arm 'mine'".
        promise: the promise, and what was found instead.

    Raises:
        ContractError: when it is not.
    """
    if not kept:
        raise ContractError(f"{what}: {promise}")
