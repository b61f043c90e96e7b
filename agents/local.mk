# agents: its part of the Makefile.
