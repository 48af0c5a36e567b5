"""The page of a calibration: how often an audit errs on the user's own data."""
