"""Figures, ledgers and reports: reads over all rooms, and the daily sums that make them quick."""
