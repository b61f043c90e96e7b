# lib/ssh: its part of the Makefile.
