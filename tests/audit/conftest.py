"""What tests of an audit share: one checkpoint, trained once."""

import pytest
from tests.audit.trained import Trained, train


@pytest.fixture(scope="session")
def trained_digits() -> Trained:
    """A small network of MNIST digits with its answers; see `tests.audit.trained`. Never change its model."""
    return train()
