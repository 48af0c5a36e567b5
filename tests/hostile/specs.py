"""The catalogue of specs: YAML that is hostile, wrong, or odd and still right."""

from pathlib import Path

from tests.hostile import cases
from tests.hostile.cases import Case
from tests.hostile.pages import broken, case

from shiftprobe.engine.plan import Given, plan
from shiftprobe.spec.loading import load_spec

REST = 'source: {data: "digits:uci"}\ntarget: {data: "digits:uci", budgets: [40]}\n'


def door(path: Path) -> None:
    """Read a spec and plan it, as `sweep` does before it writes anything."""
    plan(load_spec(path), Given(out=path.parent / "runs"))


_WRONG: dict[str, tuple[str, str]] = {  # why, and lines beside the right ones
    "an unknown key": ("did you mean 'shifts'", "shfts: [rotation]"),
    "an unknown key below": ("did you mean 'epochs'", "train: {epoch: 3}"),
    "our own key": ("unknown key 'base'", "base: /etc"),
    "a key with markup": ("unknown key <script>", '"<script>alert(1)</script>": 1'),
    "a key that clears the screen": (r"unknown key \x1b[2J", '"\\e[2J": 1'),
    "a key of 10,000 characters": ("not readable as YAML", f"{'k' * 10_000}: 1"),
    "an unknown shift": ("did you mean 'rotation'", "shifts: [rotaton]"),
    "an unknown arm": ("did you mean 'scratch'", "arms: [scrach]"),
    "an unknown probe": ("did you mean 'cka'", "probes: [ckaa]"),
    "an unknown architecture": ("no architecture named", "model: {arch: resnet}"),
    "an unknown network of torchvision": ("did you mean 'resnet18'", 'model: {arch: "torchvision:resnet81"}'),
    "a shift with markup": ("no shift named", 'shifts: ["<b>x</b>"]'),
    "a shift that clears the screen": ("no shift named", 'shifts: ["\\e[2J\\e]0;owned\\a"]'),
    "an arm of two lines": ("no arm named", 'arms: ["a\\nb"]'),
    "a probe from right to left": ("no probe named", 'probes: ["\\u202egro"]'),
    "a name that climbs out": ("name: ", "name: ../../x"),
    "a name that is a path": ("name: ", "name: /etc/x"),
    "a name of dots": ("name: ", "name: .."),
    "a name with a line break": ("name: ", 'name: "a\\n"'),
    "a name with a zero byte": ("name: ", 'name: "a\\0b"'),
    "a name of 65 characters": ("name: ", f"name: {'n' * 65}"),
    "an empty name": ("name: ", 'name: ""'),
    "a number for a name": ("name: ", "name: 7"),
    "a name with markup": ("name: ", 'name: "<b>x</b>"'),
    "a tag of YAML itself": ("tags (beginning with !) are not allowed", "name: !!str 42"),
    "a list of 10,001 seeds": ("wanted at most 10,000 seeds", f"seeds: {list(range(10_001))}"),
    "more cells than anybody waits for": (
        "wanted at most 100,000 cells, got 100,010",
        "shifts: [rotation, contrast, jpeg]\nseverities: [0.25, 0.5, 1]\nseeds: 10000",
    ),
    "10^30 threads": ("train.threads: ", f"train: {{threads: 1{'0' * 30}}}"),
    "10^30 seeds": ("at most 10,000 seeds", f"seeds: 1{'0' * 30}"),
    "a million seeds": ("at most 10,000 seeds", "seeds: 1000000"),
    "a negative count of seeds": ("seeds: ", "seeds: -1"),
    "no seeds": ("seeds: ", "seeds: []"),
    "zero seeds": ("seeds: ", "seeds: 0"),
    "true for seeds": ("seeds: ", "seeds: true"),
    "a seed twice": ("an entry stands there twice", "seeds: [1, 1]"),
    "a negative seed": ("seeds", "seeds: [-3]"),
    "a seed beyond 31 bits": ("seeds", "seeds: [4294967296]"),
    "half a seed": ("seeds", "seeds: [1.5]"),
    "a severity beyond 1": ("write 0.3 for 30 %", "severities: [0.5, 30]"),
    "a negative severity": ("write 0.3 for 30 %", "severities: [-0.1]"),
    "NaN for a severity": ("severities", "severities: [.nan]"),
    "infinity for a severity": ("severities", "severities: [.inf]"),
    "a severity twice": ("an entry stands there twice", "severities: [0.5, 0.50]"),
    "a severity twice, once as text": ("an entry stands there twice", 'severities: [0.5, "5e-1"]'),
    "true in a list of seeds": ("wanted a whole number", "seeds: [true]"),
    "true for a share": ("wanted a number", "train: {validation: false}"),
    "true for a seed": ("wanted a whole number", "data_seed: true"),
    "a word for a severity": ("severities", "severities: [strong]"),
    "true for a severity": ("severities", "severities: [true]"),
    "a shift twice": ("an entry stands there twice", "shifts: [rotation, rotation]"),
    "a shift twice, once as a list": (
        "an entry stands there twice",
        "shifts: [rotation+contrast, [rotation, contrast]]",
    ),
    "a mapping for shifts": ("shifts", "shifts: {rotation: 1}"),
    "a word for shifts": ("shifts", "shifts: rotation"),
    "a shift made of nothing": ("no shift named", "shifts: [[]]"),
    "a thousand shifts in one": ("shift", f"shifts: [{'+'.join(['rotation'] * 1000)}]"),
    "no arms": ("arms: ", "arms: []"),
    "no epochs": ("train.epochs", "train: {epochs: 0}"),
    "negative epochs": ("train.epochs", "train: {epochs: -3}"),
    "true for epochs": ("train.epochs", "train: {epochs: true}"),
    "half an epoch": ("train.epochs", "train: {epochs: 2.5}"),
    "a date for epochs": ("train.epochs", "train: {epochs: 2026-11-27}"),
    "1e400 for a rate": ("train.lr", "train: {lr: 1e400}"),
    "1.0e400 for a rate": ("train.lr", "train: {lr: 1.0e+400}"),
    "NaN for a rate": ("train.lr", "train: {lr: .nan}"),
    "a rate of nothing": ("train.lr", "train: {lr: 0}"),
    "a mapping for a rate": ("train.lr", "train: {lr: {value: 1}}"),
    "null for training": ("train", "train: null"),
    "a word for training": ("train", "train: fast"),
    "an unknown precision": ("train.precision", "train: {precision: float8}"),
    "an unknown device": ("train.device", "train: {device: tpu}"),
    "a batch of one": ("train.batch", "train: {batch: 1}"),
    "a margin in points": ("a fraction: 0.01 is 1 point", "compare: {margin: 1}"),
    "a margin of nothing": ("a fraction: 0.01 is 1 point", "compare: {margin: 0}"),
    "a sexagesimal margin": ("margin", "compare: {margin: 1:30}"),
    "a million thumbnails": ("report.thumbnails", "report: {thumbnails: 1000000}"),
    "images of 100,000 px": (
        "model.preprocess.size",
        "model: {preprocess: {size: 100000, channels: 1, mean: [0], std: [1]}}",
    ),
    "a std of nothing": ("model.preprocess.std", "model: {preprocess: {size: 8, channels: 1, mean: [0], std: [0]}}"),
    "three means for one channel": (
        "one per channel",
        "model: {preprocess: {size: 8, channels: 1, mean: [0, 0, 0], std: [1, 1, 1]}}",
    ),
    "two channels": (
        "model.preprocess.channels",
        "model: {preprocess: {size: 8, channels: 2, mean: [0, 0], std: [1, 1]}}",
    ),
    "a plugin without leave": ("--allow-code", "plugins: [mine.py]"),
    "a plugin that climbs out": ("--allow-code", "plugins: [../../../etc/passwd]"),
    "a factory without leave": ("--allow-code", 'model: {arch: "os:system"}'),
    "a factory of a submodule without leave": ("--allow-code", 'model: {arch: "os.path:join"}'),
    "a factory with a call in it": ("no architecture named", 'model: {arch: "os:system(1)"}'),
    "weights that are not there": ("no such file", "model: {weights: none.pt}"),
    "weights that are a folder": ("a folder without config.json", "model: {weights: /etc}"),
    "weights that are a device": ("a folder or device", "model: {weights: /dev/zero}"),
    "weights that are passwords": ("neither a PyTorch state dict", "model: {weights: ../../../../../../../etc/passwd}"),
    "a list for weights": ("model.weights", "model: {weights: [a.pt]}"),
    "a shift towards nothing": ("toward", "shifts: [toward_colour]"),
}

_WHOLE: dict[str, tuple[str, str]] = {  # why, and the whole text
    "no target": ("target: this key is needed", "name: a\n"),
    "a target without data": ("target.data: this key is needed", "target: {budgets: [40]}\n"),
    "a word for the target": ("target", "target: digits:uci\n"),
    "unknown data": ("digits:", 'target: {data: "digits:mnst"}\n'),
    "data of no origin": ("data", 'target: {data: "ftp://example.org/x"}\n'),
    "data with markup": ("data", 'target: {data: "<script>:x"}\n'),
    "a folder that is not there": ("/nowhere", 'target: {data: "folder:/nowhere"}\n'),
    "a folder that is a file": ("passwd", 'target: {data: "folder:/etc/passwd"}\n'),
    "no source to train": ("source.data: this key is needed", 'target: {data: "digits:uci"}\n'),
    "a budget twice": ("an entry stands there twice", 'target: {data: "digits:uci", budgets: [40, 40]}\n'),
    "a budget of nothing": ("target.budgets", 'target: {data: "digits:uci", budgets: [0]}\n'),
    "a budget beyond the data": (
        "target.budgets",
        f"{REST[:28]}\n" + 'target: {data: "digits:uci", budgets: [10000000]}\n',
    ),
    "a test part of everything": ("target.test", 'target: {data: "digits:uci", test: 1}\n'),
}

_RIGHT: dict[str, str] = {
    "a byte order mark": "\ufeffname: bom\n",
    "lines of Windows": "name: crlf\r\nseeds: 1\r\n",
    "JSON": '"name": "json", "seeds": [1, 2]',
    "a rate as text": "train: {lr: 1e-3}\n",
    "a severity as text": "severities: [5e-1, .75]\n",
    "numbers in quotes": 'seeds: ["3", "4"]\n',
    "seeds in octal and hexadecimal": "seeds: [017, 0x1f]\n",
    "an underscore in a number": "data_seed: 1_000\n",
    "a document's end": "name: ends\n...\n",
    "folded text": "name: >-\n  folded\n",
    "an anchor that nobody uses": "name: &here anchored\n",
    "explicit keys": "? name\n: explicit\n",
    "comments in two scripts": "# 权重 для переноса 🎯\nname: commented # and here\n",
    "a composition as a list": "shifts: [[rotation, contrast]]\n",
    "severity 0 beside others": "shifts: [rotation]\nseverities: [0, 0.5]\n",
    "ten thousand seeds": "seeds: 10000\n",
    "no shifts and no severities": "shifts: []\nseverities: []\n",
    "a long comment": f"# {'x' * 500_000}\nname: long\n",
    "a name of 64 characters": f"name: {'n' * 64}\n",
}


def _right(what: str, text: str) -> Case:
    if text.startswith('"'):
        text = "{" + text + ', "source": {"data": "digits:uci"}, "target": {"data": "digits:uci", "budgets": [40]}}'
        return case(f"spec, right: {what}", text, expected="accepted")
    order = (text, REST) if text.startswith("\ufeff") else (REST, text)
    joined = "".join(order) if not text.endswith("\r\n") else text + REST.replace("\n", "\r\n")
    return case(f"spec, right: {what}", joined, expected="accepted")


FAMILIES: dict[str, tuple[Case, ...]] = {
    "specs: YAML that is broken or hostile": tuple(broken("spec", "name", REST)),
    "specs: keys and values that are wrong": (
        *(case(f"spec: {what}", f"{REST}{text}\n", why) for what, (why, text) in _WRONG.items()),
        *(case(f"spec: {what}", text, why) for what, (why, text) in _WHOLE.items()),
    ),
    "specs: odd but right": tuple(_right(what, text) for what, text in _RIGHT.items()),
}

SPECS = tuple(one for family in FAMILIES.values() for one in family)


def counts() -> dict[str, int]:
    """How many are refused and accepted."""
    return cases.counts(SPECS)
