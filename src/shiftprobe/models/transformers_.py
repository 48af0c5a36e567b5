"""Image classifiers of transformers by their configuration, never with weights of theirs; transformers is an extra.

Nothing is downloaded, and no code that a folder brings along is run: the configuration is read as data, and its network
is one that the library itself holds.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError, SpecError, UnknownNameError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.models.names import TRANSFORMERS, no_transformers
from shiftprobe.spec.arch_options import parted, spelled

if TYPE_CHECKING:
    from torch.utils.hooks import RemovableHandle

PREFIX = TRANSFORMERS
_MOST = 2**20  # of a whole number in a configuration: sides, widths, layers
_PARTS, _VALUES = 20_000, 2**30  # weights and modules of a network, and numbers in them (4 GiB)
_OTHER_INPUT = {"imagegpt", "perceiver", "shieldgemma2", "timm_wrapper"}  # take no images, or another library's network
_NO_PART = {  # of what is computed: names, places and numbers of the program that wrote it
    "model_type", "id2label", "label2id", "num_labels", "transformers_version", "torch_dtype", "dtype", "problem_type",
    "attn_implementation", "return_dict", "output_attentions", "output_hidden_states", "torchscript", "tokenizer_class",
    "finetuning_task", "task_specific_params", "use_cache", "gradient_checkpointing",
}  # fmt: skip
_UNUSED = ("pooler.", "position_ids", "relative_position_index")  # in names of weights that no logit hangs on


def installed() -> bool:
    """Whether transformers is there; nothing is imported."""
    return find_spec("transformers") is not None


def arch_of(config: Mapping[str, object]) -> str:
    """The name of the network that a `config.json` describes, with what it is built from as options.

    Raises:
        CheckpointError: when it describes none that may be built, in one line.
    """
    kind = config.get("model_type")
    if not isinstance(kind, str):
        raise CheckpointError("names no model_type and no architecture; was it written by transformers or timm?")
    for key, what in (("auto_map", "code of its own"), ("quantization_config", "quantised weights")):
        if config.get(key):
            raise CheckpointError(
                f"asks for {what} ({key}), which is never run; load it yourself and give the network to "
                "shiftprobe.audit(network, data)"
            )
    if config.get("problem_type") == "multi_label_classification":
        raise CheckpointError("is for several labels per image (problem_type); wanted one class per image")
    return spelled(PREFIX + kind, {key: value for key, value in config.items() if _counts(key, value)})


def labels_of(config: Mapping[str, object]) -> int:
    """How many outputs a `config.json` gives the head; two where it is silent, as in the library."""
    names, count = config.get("id2label"), config.get("num_labels")
    return len(names) if isinstance(names, dict) else count if isinstance(count, int) and count > 0 else 2


def side_of(arch: str) -> int | None:
    """The side in px that a network is made for, as its configuration says; None for other libraries' networks."""
    if not arch.startswith(PREFIX):
        return None
    _, options = parted(arch)
    inner = options.get("vision_config")
    said = (inner if isinstance(inner, dict) else options).get("image_size")
    side = said[0] if isinstance(said, list) and said else said
    return side if isinstance(side, int) and 0 < side <= _MOST else None


def check_name(name: str) -> None:
    """Refuse a kind of network that transformers does not hold, or that takes no images.

    Args:
        name: without `transformers:`.

    Raises:
        SpecError: when transformers is not installed, or the options are none.
        UnknownNameError: with the name that was probably meant.
    """
    kind, _ = parted(name)
    known = sorted(set(_names()) - _OTHER_INPUT)
    if kind not in known:
        raise UnknownNameError(f"transformers has no image classifier {escape(repr(kind))}{suggest(kind, known)}")


def classifier(name: str, *, classes: int, channels: int) -> nn.Module:
    """A classifier of transformers with random weights; its output is the logits alone.

    Args:
        name: the kind, with what it is built from as options.
        classes: how many logits it gives.
        channels: 1 or 3.

    Raises:
        SpecError: when transformers is not installed, or cannot build such a network.
        UnknownNameError: when it has no such classifier.
    """
    check_name(name)
    kind, options = parted(name)
    try:
        config = _config(kind, options, classes, channels)
        with torch.device("meta"), _bounded():
            _auto().from_config(config, trust_remote_code=False, dtype=torch.float32)
        made = _auto().from_config(config, trust_remote_code=False, dtype=torch.float32)
    except Exception as error:  # the library asserts and raises as it likes
        if out_of_memory(error):
            raise
        raise SpecError(f"{PREFIX}{kind}: cannot be built from its configuration: {escape(error)}") from None
    made.register_forward_hook(_logits_alone)
    return cast("nn.Module", made)


def renamed(name: str, state: Mapping[str, Tensor], classes: int) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Weights under the names that this version of transformers has for them, and what was left out.

    Files keep the names of the version that wrote them first; the library knows which are which.

    Args:
        name: as `classifier` takes it.
        state: as they stand in the files.
        classes: outputs of their head.

    Raises:
        CheckpointError: naming the first weight that is missing, not known, or of another shape.
    """
    channels = 1 if parted(name)[1].get("num_channels") == 1 else 3
    kind = type(classifier(name, classes=classes, channels=channels))
    try:
        model, told = cast("Any", kind).from_pretrained(
            None, config=_config(*parted(name), classes, channels), state_dict=dict(state), dtype=torch.float32,
            output_loading_info=True, ignore_mismatched_sizes=True, local_files_only=True,
        )  # fmt: skip
    except Exception as error:
        if out_of_memory(error):
            raise
        raise CheckpointError(f"its weights cannot be put into {kind.__name__}: {escape(error)}") from None
    unknown = sorted(told["unexpected_keys"])
    unused = [one for one in unknown if any(part in one for part in _UNUSED)]
    _check(kind.__name__, told, [one for one in unknown if one not in unused])
    more = f" and {len(unused) - 1} more" if len(unused) > 1 else ""
    notes = (f"{escape(unused[0])}{more}, on which no logit hangs, was left out",) if unused else ()
    return model.state_dict(), notes


def _check(kind: str, told: Any, unknown: list[str]) -> None:
    missing = sorted(told["missing_keys"])
    other = [one[0] for one in told["mismatched_keys"]]
    for what, names in (("lack", missing), ("hold", unknown), ("have another shape in", other)):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise CheckpointError(
                f"its weights {what} {escape(names[0])}{more} where config.json says {kind}; is it a backbone without "
                "its head, or are the two of different networks?"
            )
    if told.get("error_msgs"):
        raise CheckpointError(f"its weights do not fit {kind}: {escape(told['error_msgs'][0])}")


def _counts(key: str, value: object) -> bool:
    return key.isidentifier() and not key.startswith("_") and key not in _NO_PART and value is not None


def _config(kind: str, options: Mapping[str, object], classes: int, channels: int) -> Any:
    import transformers

    _check_numbers(options)
    config = transformers.AutoConfig.for_model(kind, **options)
    config.num_labels = classes
    config.return_dict = True
    if hasattr(config, "num_channels"):
        config.num_channels = channels
    elif channels != 3:  # noqa: PLR2004 - RGB
        raise SpecError(f"it takes RGB images, wanted {channels} channel")
    return config


def _check_numbers(value: object) -> None:
    """Refuse numbers that no network has, before anything is made of them."""
    if isinstance(value, int | float) and not isinstance(value, bool) and not -_MOST <= value <= _MOST:
        raise SpecError(f"wanted numbers up to {_MOST:,}, got {escape(value)}")
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for part in parts:
        _check_numbers(part)


@contextmanager
def _bounded() -> Iterator[None]:
    """Inside, building ends with an error once a network has more weights than any classifier."""
    seen = {"parts": 0, "values": 0}

    def count(_module: nn.Module, _name: str, value: object) -> None:
        seen["parts"] += 1
        seen["values"] += value.numel() if isinstance(value, Tensor) else 0
        if seen["parts"] > _PARTS or seen["values"] > _VALUES:
            raise SpecError(f"wanted at most {_PARTS:,} weights and modules with {_VALUES:,} numbers, got more")

    handles: list[RemovableHandle] = [
        nn.modules.module.register_module_parameter_registration_hook(count),
        nn.modules.module.register_module_buffer_registration_hook(count),
        nn.modules.module.register_module_module_registration_hook(count),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _logits_alone(_module: nn.Module, _given: object, output: Any) -> Any:
    return output.logits


def _names() -> Any:
    if not installed():
        raise no_transformers()
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES

    quiet: Any = transformers.utils.logging
    quiet.set_verbosity_error()
    quiet.disable_progress_bar()
    return MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES


def _auto() -> Any:
    from transformers import AutoModelForImageClassification

    return AutoModelForImageClassification
