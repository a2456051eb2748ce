"""A request's whole life: its states and moves, its Steps, its claims, how it is filed, found and verified."""
