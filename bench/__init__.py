"""Measurements of what the design promises: `make bench` takes them all and writes RESULTS.md."""
