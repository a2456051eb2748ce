"""What the search under side rules is made of: rounds of members, rows of requests, prices, programmes, a greedy start.

A *round* is a set of requests that one member can do together: at most their tasks and minutes, no windows that
overlap. Rounds are enumerated, so rules 4 and 5 are kept by choosing one round a member; what requests ask for (rules
3, 6 and 7) are rows of a linear programme over the rounds, whose bound lies very close to the best assignment.
"""
