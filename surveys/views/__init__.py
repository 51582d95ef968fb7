"""Pages: the public's, without an account, and the office's."""
