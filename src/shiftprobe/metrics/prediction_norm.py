"""The matrix of a network's predictions as one number: large when it is sure, and names many classes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import as_features

Matrix = NDArray[np.float64]

SURE = 5.0  # mean cross-entropy to even shares, in nats, beyond which probabilities are used (MaNo's eta)


def normalised_logits(logits: ArrayLike) -> Matrix:
    """Logits as rows that add up to 1, by MaNo's rule: less sure of themselves than probabilities are.

    Where the mean cross-entropy between even shares and the probabilities is 5 nats or less, 1 + z + z^2 / 2 takes the
    place of exp(z); else these are the probabilities. Each row is centred first: a constant in a row means nothing.

    Args:
        logits: (N, C).

    Returns:
        (N, C), 0 or more, each row adding up to 1.

    Raises:
        InputError: when the logits are no table, or hold NaN or infinity.

    Reference: Xie et al., 2024, arXiv:2405.18979.
    """
    from scipy.special import log_softmax

    table = as_features(logits, "logits")
    sure = log_softmax(table, axis=1)
    if -float(sure.mean()) > SURE:
        return np.asarray(np.exp(sure))
    centred = table - table.mean(axis=1, keepdims=True)
    grown = 1.0 + centred + np.square(centred) / 2.0
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def nuclear_norm(logits: ArrayLike) -> float:
    """The nuclear norm of the normalised logits: sure answers raise it, and so do many different ones.

    Args:
        logits: (N, C).

    Returns:
        (0, 1]: 1 when every answer is sure and all min(N, C) classes are named equally often; it grows with accuracy,
        but is none.

    Raises:
        InputError: as `normalised_logits`.

    Reference: Deng et al., 2023, arXiv:2302.01094, with the normalisation of Xie et al., 2024, arXiv:2405.18979.
    """
    table = normalised_logits(logits)
    product = table.T @ table if table.shape[0] >= table.shape[1] else table @ table.T  # its eigenvalues are squares
    singular = np.sqrt(np.maximum(np.linalg.eigvalsh(product), 0.0))
    return float(singular.sum() / np.sqrt(min(table.shape) * len(table)))
