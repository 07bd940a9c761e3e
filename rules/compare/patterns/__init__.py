"""Patterns as regular languages: ECMA-262 syntax, Brzozowski derivatives over sets of code points, shortest members."""
