"""Who could take a request and why, whom to ask next, and the best assignment of a whole queue.

Pure: no session, no clock, no randomness inside. `now`, the weights and a seed come in as arguments, so that what was
decided once can be decided again from the log, bit for bit. What comes in are the plain values of `model.py`; rooms
above read them from the database, the simulation and `match-instance/1` files make them up.
"""
