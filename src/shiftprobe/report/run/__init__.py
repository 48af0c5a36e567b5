"""The page of one run, a section per file, each beside its template; and its short form in Markdown."""
