"""The story of a niche: what it may be, by the counts and by the user's files. Each sentence is checked or cited."""
