"""Testing templates: from a folder to a decision."""
