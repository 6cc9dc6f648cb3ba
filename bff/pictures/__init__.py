"""The picture proxy: backends' raw pictures in sizes and formats that pages can afford."""
