"""What every contract raises."""


class ContractError(Exception):
    """A promise that a shift or a probe breaks, in one sentence."""
