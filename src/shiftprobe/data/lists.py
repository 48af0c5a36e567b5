SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
