"""A checkpoint in, a verdict out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.api.arguments import arguments_of
from shiftprobe.core.monitor import Monitor, Silent

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.auditing.perform import AuditResult
    from shiftprobe.auditing.policy import Policy
    from shiftprobe.auditing.ready import Ready
    from shiftprobe.auditing.request import Function


def audit(
    checkpoint: "str | Path | nn.Module | Function",
    data: Any,
    *,
    target: Any = None,
    policy: "Policy | str | Path | Mapping[str, object] | None" = None,
    arch: str | None = None,
    classes: str | Path | Sequence[str] | None = None,
    part: str | None = None,
    head: str | Path | None = None,
    rename: Mapping[str, str] | Sequence[str] = (),
    preprocess: Mapping[str, object] | None = None,
    baseline: str | Path | None = None,
    run: str | Path | None = None,
    trained_on: Sequence[str] = (),
    towards: Sequence[str | Path] = (),
    repairs: str | None = None,
    write: str | Path | None = None,
    labels: bool | str | Path | Sequence[str | Path] = True,
    ask: int | None = None,
    no_label: str | None = None,
    images: int | None = None,
    native: bool = False,
    device: str = "auto",
    precision: str = "float32",
    minutes: float | None = None,
    out: str | Path | None = None,
    workers: int | None = None,
    allow_code: bool = False,
    download: bool = False,
) -> "AuditResult":
    """Say whether a checkpoint may be shipped to a domain; nothing is trained.

    Args:
        checkpoint: a state dict's file, a folder that transformers or timm wrote, an ONNX file, published weights by
            name ("lite0"), a trained network, or a function from images (N, S, S, C), uint8, to scores (N, outputs): it
            prepares images itself, their side is `preprocess={"size": ...}`. Of ONNX and functions nothing inside is
            seen.
        data: labelled images: a path (docs/bring.md), data by name, or a torch Dataset of (image, label).
        target: images of the domain it will meet, with or without labels; None audits the data alone.
        policy: a Policy, a policy's name, a file or the keys themselves; None is the default.
        arch: the architecture; None guesses it from the weights' names.
        classes: names of the outputs in order, a file of them, or "data" for the data's class names ("data:text" and
            "data:counted" where they are whole numbers, and sorting and counting give two orders).
        preprocess: keys that go before what is found out: size, resize, mean, std, interpolation, order, crop,
            reader.
        part: which part of a file that holds several networks, as "ema".
        head: a file with the head's weights, where they are not in the checkpoint's.
        rename: paths of modules of the file and what the network calls them.
        baseline: the folder of an earlier audit, or another checkpoint: gates on regression.
        run: a comparison run, whose gain of transfer becomes a check.
        trained_on: data whose images trained the checkpoint; they are left out, known by their content.
        towards: other weights of the same network and head: what a part of the way to them gains there and costs at
            home, and what soups of several do.
        repairs: "adapt" also tries gradient steps on the unlabelled target, on copies.
        write: a .safetensors file in which a repair is kept that half of the images choose and the other half proves.
        labels: False does not look at the target's own labels; files, in their place, name labels of some of its
            images: those that `ask` wrote and somebody filled in, or path,label[,probability].
        ask: draw so many pictures of the target, in all, that are worth a label, into `ask/` of the audit's folder.
        no_label: what marks an image without a label, beside -1; labelled data are looked at without such images.
        images: most images looked at on each side; None is the policy's.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: float32, or bf16: networks multiply in bfloat16 while they look; gates that hang on it are asked
            again in float32.
        minutes: look at no more images under shifts after so long than gates need at least.
        native: let shifts fall on all pixels of images that are larger than the network needs.
        out: the folder of this audit; None names one below audits/.
        workers: threads; None takes as many as there are cores. Does not move any result.
        allow_code: let `arch` name a factory of your own.
        download: let published weights be fetched.

    Raises:
        ShiftprobeError: when something cannot be used, before anything is looked at.
    """
    from shiftprobe.auditing.check_request import check_request
    from shiftprobe.auditing.request import request

    with arguments_of(audit):
        asked = request(
            checkpoint,
            data,
            target=target,
            policy=policy,
            arch=arch,
            classes=classes,
            part=part,
            head=head,
            rename=rename,
            preprocess=preprocess,
            baseline=baseline,
            run=run,
            trained_on=trained_on,
            towards=towards,
            repairs=repairs,
            write=write,
            labels=labels,
            ask=ask,
            no_label=no_label,
            images=images,
            native=native,
            device=device,
            precision=precision,
            minutes=minutes,
            out=out,
            allow_code=allow_code,
            download=download,
        )
        check_request(asked)  # before seconds of imports
        from shiftprobe.auditing.ready import prepare

        return perform_audit(prepare(asked), Silent(), workers=workers)


def perform_audit(ready: "Ready", monitor: Monitor, *, workers: int | None = None) -> "AuditResult":
    """Perform an audit that is ready, and write its page."""
    from shiftprobe.auditing.perform import perform as carry_out
    from shiftprobe.report.audit.page import write_audit

    result = carry_out(ready, monitor, workers=workers)
    write_audit(result.path)
    return result
