"""Parts that pages share: contents, wording, charts, tables, and the way a page becomes one file."""
