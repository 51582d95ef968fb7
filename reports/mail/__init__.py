"""Papers by mail: the words, the sending, the schedules."""
