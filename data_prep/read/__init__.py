"""Read the bytes of a file into a validated `Slide`."""
