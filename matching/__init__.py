"""Dianliang: people order, the Party organisation dispatches, members take, everybody sees what came of it."""

__version__ = "0.1.0"
