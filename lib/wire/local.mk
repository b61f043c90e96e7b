# lib/wire: its part of the Makefile.
