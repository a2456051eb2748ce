"""Telling people about Steps and posts: who is told what, what they have read, and the ways out of the building.

Not here: the Steps themselves (`requests/`), the pages (`api/`), when it runs (`workers/`).
"""
