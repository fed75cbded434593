"""`maillage banc`: what Maillage must reach, measured beside what others reach on the same server.

programme.py is the whole of it. Nothing is imported here: every measured process imports this package, and must not carry
the whole bench along.
"""
