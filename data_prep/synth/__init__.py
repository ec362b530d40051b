"""Draw synthetic tissue with planted truth."""
