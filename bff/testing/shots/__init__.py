"""`portico experiment shots`: all variations of an experiment beside one another."""
