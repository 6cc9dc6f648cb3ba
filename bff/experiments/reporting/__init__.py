"""What is told of an experiment: read, put into words, drawn and exported."""
