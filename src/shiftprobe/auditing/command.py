"""The command that makes an audit again."""

import shlex

from shiftprobe.auditing.request import Request


def command(request: Request) -> str:
    """The command that makes this audit again; where it is written and how many threads look moves no number."""
    wanted = request.wanted
    flags: dict[str, object] = {
        "data": request.data, "target": request.target, "arch": wanted.arch, "classes": wanted.classes,
        "policy": None if request.policy_from == "default" else request.policy_from, "baseline": request.baseline,
        "run": request.run, "part": wanted.reading.part, "head": wanted.reading.head, "images": request.images,
        "no-label": request.no_label,
        **{key: _listed(value) for key, value in wanted.preprocess.items()},
    }  # fmt: skip
    words = [f"--{name} {shlex.quote(str(value))}" for name, value in flags.items() if value is not None]
    words += [f"--rename {shlex.quote(f'{old}={new}')}" for old, new in wanted.reading.rename]
    words += [f"--trained-on {shlex.quote(name)}" for name in request.trained_on]
    words += [f"--towards {shlex.quote(name)}" for name in request.towards]
    words += ["--repairs adapt"] if request.adapt else []
    words += [f"--write {shlex.quote(str(request.write))}"] if request.write is not None else []
    words += [f"--labels {shlex.quote(str(file))}" for file in request.label_files]
    words += ["--unlabelled"] if not request.labels else []
    words += [f"--device {request.device}"] if request.device != "auto" else []
    words += [f"--precision {request.precision}"] if request.precision != "float32" else []
    words += [f"--minutes {request.minutes:g}"] if request.minutes is not None else []
    words += ["--native"] if request.native else []
    words += ["--allow-code"] if wanted.allow_code else []
    return " ".join(["shiftprobe audit", shlex.quote(wanted.checkpoint), *words])


def _listed(value: object) -> object:
    return ",".join(f"{one!r}" for one in value) if isinstance(value, tuple) else value
