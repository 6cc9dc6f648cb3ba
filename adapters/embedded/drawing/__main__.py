"""Run the drawing command."""

from .render import main

if __name__ == "__main__":
    main()
