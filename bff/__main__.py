"""`python -m bff` is `portico`."""

from bff.cli import main

main()
