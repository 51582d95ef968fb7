"""What can be done with campaigns, one subject a file."""
