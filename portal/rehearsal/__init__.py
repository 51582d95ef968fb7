"""A campaign lived through in advance, day by day, through the real services and tasks."""
