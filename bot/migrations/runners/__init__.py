"""Runners: who carries a migration out, found by their names; one file each, behind the contract in `contract`."""
