"""The steward's care for a release: observe, admit, plan and apply, as for pull requests."""
