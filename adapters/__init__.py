"""Adapters: one folder per backend. What one is and how to write it: `README.md`."""
