# lib/policy: its part of the Makefile.
