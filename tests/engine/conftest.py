"""What tests of the engine share: an experiment whose source network is trained."""

import pytest
from tests.engine.made_cells import with_source

from shiftprobe.engine.setup import Setup


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """A run of tests/tiny with its source network and no cell."""
    return with_source(tmp_path_factory.mktemp("runs"))
