"""May this checkpoint be shipped to that domain: a policy, checks with intervals, an exit code."""
