"""The checks behind scripts/data/check_lists.py, one module a kind of file."""
