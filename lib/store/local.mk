# lib/store: its part of the Makefile.
