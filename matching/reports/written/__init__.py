"""The reports that are handed in: what goes into one, the words people wrote for it, and its chapters in order."""
