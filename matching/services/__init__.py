"""The catalogue: what may be asked for, who it is for, which skills it needs and how fast it is promised."""
