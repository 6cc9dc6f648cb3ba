"""A/B tests of templates: what is tried, who sees what, and who has seen it. `README.md` beside this says how."""
