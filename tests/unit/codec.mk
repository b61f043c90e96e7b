# Unit tests of codec.
