"""Figures for a paper: numbers first, then drawing, then files."""
