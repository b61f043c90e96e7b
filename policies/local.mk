# policies: its part of the Makefile.
