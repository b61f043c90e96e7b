# Unit tests of restore.
