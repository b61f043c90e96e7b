# tools: its part of the Makefile.
