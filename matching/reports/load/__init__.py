"""Load and fairness: what people carried, branch by branch, and the services and asks behind each number of it.

Of people, whoever they served for; figures are of requests, whoever served. Rules: docs/domain.md §11, docs/figures.md.
"""
