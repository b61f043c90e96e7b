# lib/codec: its part of the Makefile.
