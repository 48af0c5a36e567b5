"""Ridge regression onto classes, solved once for every strength and every labelling of the same images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.seeding import generator
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.moments import Labels, Matrix, blocks, directions, moments

JUDGED = 1024  # images that judge the strengths, which differ tenfold; all when there are no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """Standardised features in the basis of their own directions, of which R are not empty.

    Weights at a strength are basis @ (targets / (eigenvalues + strength)), the same as solving anew.
    """

    n: int
    mean: Matrix  # (D,)
    inverse: Matrix  # (D,) one over the standard deviation, 0 for features that never change
    basis: Matrix  # (D, R)
    eigenvalues: Matrix  # (R,)
    targets: Matrix  # (L, R, C)
    shares: Matrix  # (C,) of all images
    judged: Labels  # (J,) places of the images that judge
    images: Matrix  # (J, R) they themselves


def decompose(x: NDArray[Any], codes: Labels, classes: int) -> Spectrum:
    """One eigendecomposition, of the smaller of X'X and XX'.

    Args:
        x: features of shape (N, D), in memory or memory-mapped.
        codes: class codes of shape (L, N), one row per labelling; each holds every class as often.
        classes: how many classes there are.

    Raises:
        InputError: when a feature is not finite, or every image has the same ones.
    """
    spectrum = _by_images(x, codes, classes) if len(x) <= x.shape[1] else _by_features(x, codes, classes)
    if not spectrum.eigenvalues.size:
        raise InputError("every training image has the same features")
    return spectrum


def leave_one_out(spectrum: Spectrum, codes: Labels, strengths: Sequence[float]) -> Matrix:
    """Squared error of an image's prediction by all other images, for each strength; exact, without fitting anew.

    Means and scales are those of all images.

    Args:
        spectrum: of the training images.
        codes: (N,) class codes of its first labelling.
        strengths: S penalties above 0.

    Returns:
        (S,) means over the images that judge, of the sum over classes; 0 when each is predicted perfectly.

    Reference: Allen, 1974, Technometrics 16(1) (PRESS).
    """
    wanted = np.eye(len(spectrum.shares))[codes[spectrum.judged]] - spectrum.shares
    squares, targets, errors = np.square(spectrum.images), spectrum.targets[0], []
    for strength in strengths:
        damped = 1.0 / (spectrum.eigenvalues + strength)
        leverage = squares @ damped + 1.0 / spectrum.n
        residual = wanted - spectrum.images @ (targets * damped[:, None])
        errors.append(np.square(residual / (1.0 - leverage)[:, None]).sum() / len(wanted))
    return np.array(errors)


def weights(spectrum: Spectrum, labelling: int, strength: float) -> tuple[Matrix, Matrix]:
    """Weights (D, C) on the features as they come, and an offset (C,)."""
    damped = spectrum.targets[labelling] / (spectrum.eigenvalues + strength)[:, None]
    found = spectrum.inverse[:, None] * (spectrum.basis @ damped)
    return found, spectrum.shares - spectrum.mean @ found


def _by_features(x: NDArray[Any], codes: Labels, classes: int) -> Spectrum:
    sums = moments(x, codes, classes, np.array(x[0], dtype=np.float64), "train_x")
    counts = np.bincount(codes[0], minlength=classes)
    offset = sums.sums / sums.n
    scatter = sums.squares - np.outer(sums.sums, offset)
    inverse = _inverse(scatter.diagonal() / sums.n, sums.squares.diagonal() > 0)
    scatter *= inverse[:, None] * inverse
    eigenvalues, basis = directions(scatter)
    classwise = (sums.class_sums - counts[:, None] * offset) * inverse
    judged, mean = _judges(sums.n), sums.origin + offset
    return Spectrum(
        n=sums.n,
        mean=mean,
        inverse=inverse,
        basis=basis,
        eigenvalues=eigenvalues,
        targets=np.swapaxes(classwise @ basis, 1, 2),
        shares=counts / sums.n,
        judged=judged,
        images=((np.array(x[judged], dtype=np.float64) - mean) * inverse) @ basis,
    )


def _by_images(x: NDArray[Any], codes: Labels, classes: int) -> Spectrum:
    """For no more images than features, where XX' is the smaller one."""
    z = np.concatenate([block for _, block in blocks(x, "train_x")])
    origin, n = z[0].copy(), len(z)
    z -= origin
    changing, offset = np.asarray(z.any(axis=0)), z.mean(axis=0)
    z -= offset
    inverse = _inverse(np.square(z).mean(axis=0), changing)
    z *= inverse
    eigenvalues, images = directions(z @ z.T)
    lengths, shares, judged = np.sqrt(eigenvalues), np.bincount(codes[0], minlength=classes) / n, _judges(n)
    return Spectrum(
        n=n,
        mean=origin + offset,
        inverse=inverse,
        basis=(z.T @ images) / lengths,
        eigenvalues=eigenvalues,
        targets=lengths[:, None] * (images.T @ (np.eye(classes)[codes] - shares)),
        shares=shares,
        judged=judged,
        images=images[judged] * lengths,
    )


def _inverse(variance: Matrix, changing: NDArray[np.bool_]) -> Matrix:
    return np.asarray(np.where(changing, 1.0 / np.sqrt(np.where(changing, variance, 1.0)), 0.0))


def _judges(n: int) -> Labels:
    if n <= JUDGED:
        return np.arange(n)
    return np.sort(generator("probe judges", n).choice(n, JUDGED, replace=False))
