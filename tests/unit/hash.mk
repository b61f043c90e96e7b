# Unit tests of hash.
