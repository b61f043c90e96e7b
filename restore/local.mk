# restore: its part of the Makefile.
