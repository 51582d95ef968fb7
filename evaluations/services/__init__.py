"""What can be done with promises, findings, rectifications and acceptance, one subject a file."""
