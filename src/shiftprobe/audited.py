"""The front door of audits: a checkpoint, data and a policy in; a verdict, a folder and a page out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.auditing.perform import AuditResult, perform
from shiftprobe.auditing.policy import Policy, load_policy
from shiftprobe.auditing.request import Ready, Request, prepare
from shiftprobe.auditing.subject import MEMORY, Wanted
from shiftprobe.execute import Monitor, Silent
from shiftprobe.report.audit_page import write_audit

if TYPE_CHECKING:
    from torch import nn


def audit(
    checkpoint: "str | Path | nn.Module",
    data: Any,
    *,
    target: Any = None,
    policy: Policy | str | Path | Mapping[str, Any] | None = None,
    arch: str | None = None,
    classes: str | Path | Sequence[str] | None = None,
    preprocess: Mapping[str, Any] | None = None,
    baseline: str | Path | None = None,
    run: str | Path | None = None,
    trained_on: Sequence[str] = (),
    labels: bool = True,
    out: str | Path | None = None,
    workers: int | None = None,
    allow_code: bool = False,
    download: bool = False,
) -> AuditResult:
    """Say whether a checkpoint may be shipped to a domain; nothing is trained.

    Args:
        checkpoint: a state dict's file, published weights by name ("lite0"), or a trained network.
        data: labelled images: a path, data by name, or a torch Dataset of (image, label).
        target: images of the domain it will meet, with or without labels; None audits the data alone.
        policy: a Policy, a policy's name, a file or the keys themselves; None is the default.
        arch: the architecture; None guesses it from the weights' names.
        classes: names of the outputs in order, a file of them, or "data" for the data's class names.
        preprocess: keys that go before what is found out: size, resize, mean, std, interpolation, order.
        baseline: the folder of an earlier audit, or another checkpoint: gates on regression.
        run: a comparison run, whose gain of transfer becomes a check.
        trained_on: data whose images trained the checkpoint; they are left out, known by their content.
        labels: False does not look at the target's labels.
        out: the folder of this audit; None names one below audits/.
        workers: threads; None takes as many as there are cores. Does not move any result.
        allow_code: let `arch` name a factory of your own.
        download: let published weights be fetched.

    Raises:
        ShiftprobeError: when something cannot be used, before anything is looked at.
    """
    module = None if isinstance(checkpoint, str | Path) else checkpoint
    wanted = Wanted(
        checkpoint=MEMORY if module is not None else str(checkpoint),
        arch=arch,
        classes=classes,
        preprocess=preprocess or {},
        allow_code=allow_code,
        download=download,
        module=module,
    )
    request = Request(
        wanted=wanted,
        data=data,
        target=target,
        labels=labels,
        policy=policy if isinstance(policy, Policy) else load_policy(policy),
        policy_from=str(policy) if isinstance(policy, str | Path) else "default" if policy is None else "given",
        out=None if out is None else Path(out),
        baseline=None if baseline is None else str(baseline),
        run=None if run is None else Path(run),
        trained_on=tuple(trained_on),
    )
    return carry_out(prepare(request), Silent(), workers=workers)


def carry_out(ready: Ready, monitor: Monitor, *, workers: int | None = None) -> AuditResult:
    """Perform an audit that is ready, and write its page."""
    result = perform(ready, monitor, workers=workers)
    write_audit(result.path)
    return result
