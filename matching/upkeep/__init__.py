"""What an operator does to a whole installation: copy it to another engine, seal it with another key. No door leads
here but the command line; the rooms know nothing of it.
"""
