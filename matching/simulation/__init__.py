"""A hospital by discrete events, to try ways of asking before people are asked: drives the real engine.

Nothing here reads the database; its parameters stand in a documented file, each with its source or 'assumption'.
"""
