"""What requesters think of it: ratings, and the rectification that a bad one starts."""
