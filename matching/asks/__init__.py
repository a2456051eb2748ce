"""Whom we asked for a request, in which wave, and what they answered; when members are free; proposals for a queue.

Here the engine's plain values are read from the database and its advice is carried out. Claims are made by the verbs
of requests/, which know nothing of asks.
"""
