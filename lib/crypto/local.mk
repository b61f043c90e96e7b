# lib/crypto: its part of the Makefile.
