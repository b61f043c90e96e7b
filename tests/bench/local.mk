# tests/bench: its part of the Makefile.
