# tests/fuzz: its part of the Makefile.
