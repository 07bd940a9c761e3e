"""JSON Schema inclusion: is every document of this schema accepted by that one? Findings say why not."""
