"""`shiftprobe audit`: the policy and the estimate, the bar, the verdict, what to do, the path."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.cli.terminal import progress
from shiftprobe.cli.terminal.speech import say, tell
from shiftprobe.core.escape import escape

if TYPE_CHECKING:
    from shiftprobe.auditing.policy import Policy
    from shiftprobe.auditing.request import Ready, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The flags of an audit."""

    checkpoint: str
    data: str
    target: str | None = None
    arch: str | None = None
    classes: str | None = None
    policy: str = "default"
    baseline: str | None = None
    run: Path | None = None
    trained_on: tuple[str, ...] = ()
    out: Path | None = None
    preprocess: Mapping[str, Any] = field(default_factory=dict)
    part: str | None = None
    images: int | None = None
    labels: bool = True
    download: bool = False
    allow_code: bool = False


def run_audit(asked: Asked, format_: str, *, dry_run: bool, workers: int | None) -> int:
    """Audit, print it in one format, and hand back the exit code."""
    from shiftprobe.auditing.policy import load_policy

    policy = load_policy(asked.policy)  # before seconds of imports: a misspelt key is answered at once
    if asked.images is not None:
        policy = policy.model_copy(update={"images": asked.images})
    from shiftprobe.api import perform_audit
    from shiftprobe.auditing.request import prepare, seconds

    if asked.allow_code and asked.arch and ":" in asked.arch:
        tell(f"running code that --arch names: {escape(asked.arch)}")
    ready = prepare(_request(asked, policy))
    threads = workers or os.cpu_count() or 1
    _announce(ready, seconds(ready, threads), threads)
    if dry_run:
        _print_policy(policy)
        return 0
    with progress.bars() as monitor:
        result = perform_audit(ready, monitor, workers=workers)
    say(printed(result.verdicts, format_).rstrip("\n"))
    _summarise(result.verdicts)
    speak = say if format_ == "pretty" else tell
    speak(f"\nVerdicts: {result.path}/verdicts.json\nReport: {result.report}")
    return result.exit_code


def printed(verdicts: Mapping[str, Any], format_: str) -> str:
    """What goes to stdout."""
    from shiftprobe.auditing import outputs
    from shiftprobe.core.files import json_bytes

    if format_ == "json":
        return json_bytes(verdicts).decode()
    makers = {"junit": outputs.junit, "github": outputs.github, "markdown": outputs.card, "pretty": outputs.pretty}
    return makers[format_](verdicts)


def _summarise(verdicts: Mapping[str, Any]) -> None:
    """Add to the summary of a GitHub step, where one is running."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        from shiftprobe.auditing import outputs

        try:
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(outputs.step_summary(verdicts))
        except OSError as error:
            tell(f"the step summary {escape(place)} could not be written: {escape(error.strerror or error)}")


def _request(asked: Asked, policy: "Policy") -> "Request":
    from shiftprobe.auditing.request import Request
    from shiftprobe.auditing.subject import Wanted

    return Request(
        wanted=Wanted(
            checkpoint=asked.checkpoint,
            arch=asked.arch,
            classes=asked.classes,
            part=asked.part,
            preprocess=asked.preprocess,
            allow_code=asked.allow_code,
            download=asked.download,
        ),
        data=asked.data,
        target=asked.target,
        labels=asked.labels,
        policy=policy,
        policy_from=asked.policy,
        out=asked.out,
        baseline=asked.baseline,
        run=asked.run,
        trained_on=asked.trained_on,
        command=command(asked),
    )


def command(asked: Asked) -> str:
    """The command that makes this audit again; where it is written and how many threads look moves no number."""
    flags: dict[str, Any] = {
        "data": asked.data, "target": asked.target, "arch": asked.arch, "classes": asked.classes,
        "policy": None if asked.policy == "default" else asked.policy, "baseline": asked.baseline, "run": asked.run,
        "part": asked.part, "images": asked.images,
        **{key: _listed(value) for key, value in asked.preprocess.items()},
    }  # fmt: skip
    words = [f"--{name} {shlex.quote(str(value))}" for name, value in flags.items() if value is not None]
    words += [f"--trained-on {shlex.quote(name)}" for name in asked.trained_on]
    words += ["--unlabelled"] if not asked.labels else []
    words += ["--allow-code"] if asked.allow_code else []
    return " ".join(["shiftprobe audit", shlex.quote(asked.checkpoint), *words])


def _listed(value: Any) -> Any:
    return ",".join(f"{one!r}" for one in value) if isinstance(value, tuple) else value


def _announce(ready: "Ready", seconds: float, threads: int) -> None:
    """What will be looked at, what was guessed, and how long it takes."""
    sides = [f"{len(side):,} images of {escape(side.name)}" for side in ready.sides.values()]
    policy, facts = ready.request.policy, ready.subject.facts
    tell(
        f"{escape(facts['path'])}: {escape(facts['arch'])}, {facts['parameters']:,} parameters, "
        f"{len(ready.subject.classes):,} outputs; {' and '.join(sides)}"
    )
    for note in (*ready.subject.notes, *ready.notes):
        tell(f"  {note.about}: {escape(note.text, 300)}")
    shifts, doses = len(policy.shifts), len(policy.asked)
    tell(
        f"policy {escape(ready.request.policy_from)}: {shifts} shift{'' if shifts == 1 else 's'} at {doses} "
        f"severit{'y' if doses == 1 else 'ies'}; about {progress.duration(seconds)} with {threads} "
        f"thread{'s' if threads > 1 else ''} on cpu"
    )


def _print_policy(policy: "Policy") -> None:
    """Every threshold, as YAML that can be changed and given back."""
    import yaml

    say(yaml.safe_dump(policy.resolved(), sort_keys=False, allow_unicode=True, width=120).rstrip())
