"""What happened: exposures, conversions, readings. Recorded without ever holding up a page."""
