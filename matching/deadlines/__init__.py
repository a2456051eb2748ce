"""What happens by itself when time passes: urging, the public list, closing what nobody rated, archiving; counting
clocks anew when the calendar changed; what is promised at filing and how often that was kept.
"""
