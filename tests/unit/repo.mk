# Unit tests of repo.
