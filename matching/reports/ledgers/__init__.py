"""Ledgers (台账): requests, activities, volunteers and points, row by row into a file, any number of rows."""
