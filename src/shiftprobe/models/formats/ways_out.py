"""What somebody does with a file that holds no weights by name, told from the program that wrote it."""

from collections.abc import Iterable, Sequence

from shiftprobe.core.escape import escape
from shiftprobe.models.formats.container import SAVE_STATE

TRUSTED = "where you trust it"  # loading with the program that wrote a file can run code
_FASTAI = (
    "torch.onnx.export(learn.model.eval().cpu(), torch.zeros(1, 3, 224, 224), 'model.onnx', dynamo=False), "
    "which an audit reads"
)
_OF_PROGRAM = {  # the first word of a name, whose program it is, what leads on there
    "fastai": ("a fastai learner", _FASTAI),
    "ultralytics": ("an ultralytics model", "`yolo export model=FILE format=onnx`, which an audit reads"),
    "models": ("a YOLOv5 model", "`python export.py --weights FILE --include onnx`, which an audit reads"),
    "transformers": ("a whole model of transformers", "model.save_pretrained('folder'), and give that folder"),
}


def whole_model(name: str) -> str:
    """What a file is that holds an object in the place of weights, and what leads on.

    Args:
        name: of the class that it would be made by.
    """
    program = _OF_PROGRAM.get(name.partition(".")[0])
    if program is None:
        return f"a whole model ({escape(name, 80)}) and no weights by name; {SAVE_STATE}"
    what, way = program
    return f"{what} ({escape(name, 80)}) and no weights by name; {TRUSTED}: {way}"


def of_python(name: str) -> str:
    """What a pickle is that torch.save did not write, and what leads on.

    Args:
        name: the first that it asks for; empty where it holds plain values.
    """
    holds = f"asks for {escape(name, 80)}" if name else "holds plain values of Python"
    return (
        f"a pickle that torch.save did not write ({holds}), and nothing of it was run; {TRUSTED}, load it with what "
        "made it: torch.save(model.state_dict(), 'weights.pt'), or give shiftprobe.audit a function of images to scores"
    )


def refused_name(name: str, names: Iterable[str] = ()) -> str:
    """What a file asks for that is refused, and what leads on.

    Args:
        name: that is refused.
        names: all that it asks for up to there, by which its program is told.
    """
    asked = f"wanted weights alone, but it asks for {escape(name)}, which is refused; "
    program = next((_OF_PROGRAM[top] for one in names if (top := one.partition(".")[0]) in _OF_PROGRAM), None)
    if program is None:
        return f"{asked}if it is a file that you trust, {SAVE_STATE}"
    return f"{asked}it is {program[0]}: {TRUSTED}, {program[1]}"


def cut_out(names: Sequence[str]) -> tuple[str, ...]:
    """That objects of other programs were left out; nothing where there were none.

    Args:
        names: by which they would have been made.
    """
    if not names:
        return ()
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    what = f"objects of other programs lie beside the weights ({escape(names[0], 80)}{more})"
    return (f"{what}; they were cut out, and nothing of them was imported or run",)
