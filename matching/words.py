"""Marks sentences for the catalogues. Translating is the doors' work: a room never knows who is listening."""


def _(sentence: str) -> str:
    """Return `sentence` (Chinese, the source language) unchanged; its presence lets the extraction find it."""
    return sentence
