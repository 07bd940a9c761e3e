"""What people do at a desk, without the App: check, decide, deprecations, papers, partners, releases."""
