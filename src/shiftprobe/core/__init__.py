"""What every other package stands on: errors, nouns, registries, seeds, safe text and safe files."""
