"""What is wrong with a store, or will be: one report about everything it stands on."""
