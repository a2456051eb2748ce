"""Files become rows: units, roster, services, spots and requests, from .csv, .xlsx and .jsonl.

`reading` opens a file, `columns` reads its cells, `report` says what came of it, `running` does it in one
transaction; each other module is one kind of file. Who may import and how the report is shown is the doors' question.
"""
