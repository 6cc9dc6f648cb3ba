"""The pictures of the demo store, drawn as flat screen-prints."""
