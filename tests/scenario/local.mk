# tests/scenario: its part of the Makefile.
