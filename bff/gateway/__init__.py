"""Every call to a backend passes here: adapters are found and opened, and each call is bounded and written down."""
