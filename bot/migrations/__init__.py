"""Migrations: the runs that move a target's rows to another version, one file for each engine."""
