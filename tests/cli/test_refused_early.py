"""Typing errors and missing files cost no import of torch: every command, in one process that never imports it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

REFUSED = """
import sys
from typer.testing import CliRunner
from shiftprobe.cli import app
for line in sys.stdin.read().splitlines():
    done = CliRunner().invoke(app, line.split())
    heavy = [name for name in ("torch", "torchvision", "albumentations", "captum", "timm") if name in sys.modules]
    assert (done.exit_code, len(done.stderr.strip().splitlines()), heavy) == (2, 1, []), (line, done.stderr, heavy)
    print(done.stderr.strip())
"""


def _timm(name: str) -> str:
    return f"timm has no classifier {name!r}; did you mean" if find_spec("timm") else "timm is not installed"


FAULTS = {
    "sweep nothing.yaml": "no spec file and no preset called nothing.yaml",
    "sweep --shift gausian_blur": "did you mean 'gaussian_blur'",
    "sweep --arms scrach": "did you mean 'scratch'",
    "sweep --probes ckaa": "did you mean 'cka'",
    "sweep --set model.arch=small_cn": "did you mean 'small_cnn'",
    "sweep --set model.arch=torchvision:resnet81": "torchvision has no classifier 'resnet81'; did you mean",
    "sweep --set model.arch=timm:resnet81": _timm("resnet81"),
    "audit timm:resnet81 --data digits:uci": _timm("resnet81"),
    "audit lite0 --data digits:uci --arch timm:resnt18.a1_in1k": _timm("resnt18"),
    "sweep --set model.arch=os.path:join": "add --allow-code",
    "sweep --set model.weights=/nowhere/model.pt": "/nowhere/model.pt: no such file",
    "sweep --set model.weights=torchvision:resnet81": "torchvision has no classifier 'resnet81'; did you mean",
    "sweep --set model.weights=timm:resnet81": _timm("resnet81"),
    "sweep --set model.arch=resnet18": "did you mean torchvision:resnet18",
    "sweep --checkpoint lite0 --checkpoint /nowhere.pt": "/nowhere.pt: no such file",
    "sweep --checkpoint lite0 --checkpoint lite0": "model.checkpoints: lite0 stands there twice",
    "compare --set model.checkpoints=[]": "model.checkpoints: wanted 2 to 12 checkpoints",
    "sweep --set model.checkpoints=lite0": "wanted a list such as [a.pt, b.pt], got 'lite0'",
    "sweep --set model.checkpoints=[a.pt,b.pt] --set model.weights=c.pt": "wanted one of them, got both",
    "init --checkpoint /nowhere.pt --target digits:uci": "/nowhere.pt: no such file",
    "init --checkpoint torchvision:resnet81 --target digits:uci": "torchvision has no classifier 'resnet81'",
    "init --checkpoint lite0 --target /nowhere": "--target /nowhere: no such folder or manifest",
    "init --checkpoint lite0 --target digits:uci --arch resnet18": "did you mean torchvision:resnet18",
    "init --checkpoint lite0": "--checkpoint: wanted --target beside it",
    "init --source digits:uci": "--source: goes with --checkpoint",
    "init --preset paper --checkpoint lite0 --target digits:uci": "wanted a preset or --checkpoint, got both",
    "init --checkpoint lite0 --target digits:uci --trained-on all": "which images of --source trained the checkpoint",
    "init --checkpoint lite0 --target digits:uci new/my.yaml": "wanted a folder that is there, got new",
    "sweep --set target.data=folder:/nowhere": "wanted a folder of images at /nowhere",
    "sweep --set source.data=csv:/nowhere.csv": "wanted a manifest at /nowhere.csv",
    "sweep --set source.data=digits:mnst": "did you mean 'digits:mnist'",
    "sweep --set target.data=torchvision:CIFAR11": "did you mean 'torchvision:CIFAR10'",
    "sweep --set target.data=idx:/nowhere": "wanted MNIST-format files in /nowhere",
    "sweep --set compare.pairs=[[transfer,scrach]]": "did you mean 'scratch'",
    "compare papper": "did you mean 'paper'",
    "probe /nowhere --probes cka": "wanted a run folder",
    "report /nowhere": "wanted a run folder",
    "report /nowhere /nowhere": "wanted a run folder",
    "figures /nowhere": "wanted a run folder",
    "predictions /nowhere": "wanted a run folder",
    "methods /nowhere": "wanted a run folder",
    "verdict /nowhere.csv": "/nowhere.csv",
    "preview /nowhere": "no data named '/nowhere'",
    "preview --shift gausian": "did you mean 'gaussian_blur'",
    "locate --source folder:/nowhere --target digits:uci": "wanted a folder of images at /nowhere",
    "audit /nowhere.pt --data digits:uci": "/nowhere.pt: no such file",
    "audit lite0 --data /nowhere": "--data /nowhere: no such folder or manifest",
    "audit lite0 --data digits:uci --target folder:/nowhere": "wanted a folder of images at /nowhere",
    "audit lite0 --data digits:uci --policy strct": "did you mean 'strict'",
    "audit lite0 --data digits:uci --arch small_cn": "did you mean 'small_cnn'",
    "audit lite0 --data digits:uci --arch resnet18": "did you mean torchvision:resnet18",
    "audit lite0 --data digits:uci --classes nofile.txt": "--classes: wanted a file",
    "audit lite0 --data digits:uci --baseline /nowhere": "/nowhere: no such file",
    "audit lite0 --data digits:uci --run /nowhere": "wanted a run folder",
    "audit lite0 --data digits:uci --trained-on folder:/nowhere": "wanted a folder of images at /nowhere",
    "audit torchvision:resnet81 --data digits:uci": "torchvision has no classifier 'resnet81'",
}


def test_what_is_misspelt_or_missing_is_met_before_torch_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", REFUSED],
        input="\n".join(FAULTS),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "SHIFTPROBE_DATA": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    for told, (line, words) in zip(done.stdout.splitlines(), FAULTS.items(), strict=True):
        assert words in told, (line, told)
    assert not list(tmp_path.iterdir())
