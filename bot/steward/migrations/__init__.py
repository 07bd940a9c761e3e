"""The steward's care for a migration: planned on the pull request, run after the merge, commanded, told."""
