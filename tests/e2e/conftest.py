"""What tests of the command share: one checkpoint and one audit of it, made once."""

from pathlib import Path

import pytest
import yaml
from tests.auditing.trained import Trained, train
from tests.e2e.audited import SMALL, audit


@pytest.fixture(scope="session")
def trained() -> Trained:
    """A better checkpoint than that of `tests.auditing`."""
    return train(epochs=12)


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory, trained: Trained) -> Path:
    """A folder with a checkpoint, a policy, and one audit of MNIST digits for UCI digits."""
    import torch

    folder = tmp_path_factory.mktemp("audit")
    torch.save({"state_dict": trained.subject.model.state_dict(), "epoch": 4}, folder / "model.pt")
    (folder / "policy.yaml").write_text(yaml.safe_dump(SMALL))
    done = audit(folder, "--target", "digits:uci", "--out", folder / "first")
    assert done.exit_code == 1, done.stderr
    (folder / "stdout.txt").write_text(done.stdout)
    (folder / "stderr.txt").write_text(done.stderr)
    return folder
