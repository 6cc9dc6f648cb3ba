"""What the figures of an experiment say. Standard library only."""
