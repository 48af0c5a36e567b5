"""Runs whose cause is known because it was put there: what `bench_diagnose.py` is held against."""
