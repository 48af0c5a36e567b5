"""What stands in a network's place and gives scores alone: an ONNX graph, or a function of the user's."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError, NotAvailableError, ShiftprobeError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.models.names import FUNCTION

Score: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Images (N, C, S, S) as a preprocessing gives them -> scores (N, K)."""

FULL = 255.0
_WHOLE = 1e-3  # how far a grey level may be from a whole number


class BlackBox(nn.Module):
    """A classifier without layers: it is looked at as a network is, and nothing inside it is read.

    Args:
        score: what answers.
    """

    def __init__(self, score: Score) -> None:
        super().__init__()
        self.score = score

    def forward(self, images: Tensor) -> Tensor:
        """Scores (N, K), logits or probabilities."""
        return torch.from_numpy(np.array(self.score(images.cpu().numpy()), np.float32)).to(images.device)


def grey_levels(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images that hold grey levels, in bytes.

    Raises:
        NotAvailableError: when they hold other numbers, as another mean or std makes them.
    """
    levels = np.rint(images)
    if np.abs(levels - images).max(initial=0) > _WHOLE or levels.min(initial=0) < 0 or levels.max(initial=0) > FULL:
        raise NotAvailableError("it takes grey levels, 0 to 255, alone")
    return levels.astype(np.uint8)


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A function from images (N, S, S, C), grey levels in uint8, to scores (N, K); one call at a time."""

    function: Callable[[NDArray[np.uint8]], Any]
    _alone: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __deepcopy__(self, _: object) -> "UserFunction":
        """Itself: what a function holds is the user's."""
        return self

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores of images (N, C, S, S) that hold grey levels.

        Raises:
            NotAvailableError: when the images hold other numbers.
            CheckpointError: when the function raises, or answers something else.
        """
        given = np.ascontiguousarray(grey_levels(images).transpose(0, 2, 3, 1))
        with self._alone:
            scores = self._asked(given)
        if scores.ndim != 2 or len(scores) != len(given) or not scores.shape[1]:  # noqa: PLR2004 - (N, K)
            raise CheckpointError(
                f"{FUNCTION}: wanted scores ({len(given)}, outputs) for {len(given)} images, got {scores.shape}"
            )
        return scores

    def _asked(self, given: NDArray[np.uint8]) -> NDArray[np.float32]:
        try:
            found = self.function(given)
            return np.asarray(found.detach().cpu() if isinstance(found, Tensor) else found, np.float32)
        except ShiftprobeError:
            raise
        except Exception as error:
            if out_of_memory(error):
                raise
            raise CheckpointError(
                f"{FUNCTION}: wanted scores (N, outputs) for images {given.shape}, uint8, got {type(error).__name__}: "
                f"{escape(error, 200)}"
            ) from error
