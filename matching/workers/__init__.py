"""The queue's door: what runs by itself. `jobs` lists it; `embedded` runs it inside the web process, `settings` hands
the same functions to arq for an installation with Redis and any number of workers. A job that runs twice does its
work once.
"""
