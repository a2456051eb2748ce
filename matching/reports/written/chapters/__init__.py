"""The chapters of a report: each makes its blocks from the material, in sentences where they say it better."""
