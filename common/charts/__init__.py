"""Charts: pure functions that return SVG, for pages and papers alike."""
