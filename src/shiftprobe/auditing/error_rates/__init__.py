"""How often an audit errs on the user's own data: its checks asked of resampled images whose truth is known."""
