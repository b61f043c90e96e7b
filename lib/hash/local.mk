# lib/hash: its part of the Makefile.
