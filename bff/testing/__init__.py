"""What is shipped to prove adapters and the contract; production imports nothing from here."""
