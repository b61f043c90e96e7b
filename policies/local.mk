# policies: samples to begin with; each is loaded by tests/unit/test_policy.
policiesdir = $(pkgdatadir)/policies
dist_policies_DATA = \
	%D%/server-room.cfg \
	%D%/small-office.cfg \
	%D%/workstations.cfg
