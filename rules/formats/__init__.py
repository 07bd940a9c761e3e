"""Contract documents of each format, turned into a schema that can be compared."""
