"""The page of an audit, a section per file, each beside its template."""
