# Unit tests of ssh.
