"""Measurements, each a command of its own: `.venv/bin/python -m tests.bench.…`. None of them is a timed test."""
