"""Benchmarks: each compares in the same run and prints one table; docs/performance.md keeps the last."""
