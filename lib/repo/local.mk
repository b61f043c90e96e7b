# lib/repo: its part of the Makefile.
