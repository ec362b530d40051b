"""A sentence model for the search by words, for people who want one."""
