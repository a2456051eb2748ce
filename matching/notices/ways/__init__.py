"""The ways out of the building: one module each, each tells what became of one message (`answer.py`).

Not here: who is told (`announcing.py`), when and how often it is tried (`delivering.py`).
"""
