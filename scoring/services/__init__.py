"""What can be done with scores, one subject a file."""
