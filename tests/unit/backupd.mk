# Unit tests of backupd.
