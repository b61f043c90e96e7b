# lib/cli: its part of the Makefile.
