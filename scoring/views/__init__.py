"""Pages of scoring: one subject a file."""
