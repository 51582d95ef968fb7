"""Pages: one subject a file. Fetch in scope, check, call, answer."""
