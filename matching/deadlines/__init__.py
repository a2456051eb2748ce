"""What happens by itself when time passes: urging, closing what nobody rated, archiving."""
