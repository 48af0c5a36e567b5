"""What somebody asks for: the keys of a spec, how they are read, and the presets that ship."""
