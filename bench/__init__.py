"""Measurements of the promises in docs/guarantees.md, always beside a floor measured in the same run."""
