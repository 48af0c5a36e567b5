"""From a spec to a finished run folder: plan, train, look; every cell pure, named by its content, written whole."""
