"""Forms: one subject a file."""
