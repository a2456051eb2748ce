"""Activities (场次): what several people did together on a day, with attendance and photos; a branch's own life too.

A request's life stays in `requests`; points and certificates that follow from minutes are in `recognition`.
"""
