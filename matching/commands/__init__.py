"""What each command of the command line does; `matching/__main__.py` reads the words and calls them."""
