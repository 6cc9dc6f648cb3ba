"""`portico experiment simulate`: whether experiments find what is there, and nothing else."""
