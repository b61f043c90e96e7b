# Unit tests of agents.
