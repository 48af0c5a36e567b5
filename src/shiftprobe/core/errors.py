"""One root, few children: each says what was wanted, what was found and what to do."""

OUT_OF_MEMORY = (
    "can't allocate memory", "not enough memory", "Insufficient memory", "out of memory", "ALLOC_FAILED",
    "ALLOCATION_FAILED",
)  # fmt: skip
"""What the allocators of torch, OpenCV, cuBLAS and cuDNN say; they have no class for it."""


class ShiftprobeError(Exception):
    """Anything we refuse on purpose; its text is shown to the user as it stands."""

    exit_code = 2


class SpecError(ShiftprobeError):
    """A spec, a policy or a flag holds something we cannot run."""


class UnknownNameError(ShiftprobeError):
    """A name that no registry holds."""


class DataError(ShiftprobeError):
    """Images or labels that cannot be read or used."""


class NoTestImagesError(DataError):
    """Data that has a part to judge on, and no image with a class in it."""


class CheckpointError(ShiftprobeError):
    """Weights that cannot be loaded, or do not fit the model."""


class RunError(ShiftprobeError):
    """A run folder that cannot be used as it is."""


class DamagedError(RunError):
    """Bytes of ours that are not those we wrote; nothing is computed from them, in whichever cell they are met."""


class ResourceError(ShiftprobeError):
    """The machine gave out: disk, memory or permission."""

    exit_code = 5


class BusyError(ShiftprobeError):
    """Another process works in this run folder."""

    exit_code = 6


class NotAvailableError(Exception):
    """A value that does not exist here, with the reason; it becomes an n/a row, never a number."""


class BlackBoxError(NotAvailableError):
    """What only a network tells that can be looked into: of an ONNX file or a function there are scores alone."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f"needs {wanted}, and a black box gives scores alone")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ended, in whichever library: torch and OpenCV have errors of their own."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    foreign = isinstance(error, RuntimeError) or type(error).__module__ == "cv2"
    return foreign and any(said in str(error) for said in OUT_OF_MEMORY)
