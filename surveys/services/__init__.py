"""What is done with questionnaires and ballots."""
