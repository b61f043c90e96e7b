# tests/vectors: what was written once, and must be read for ever.
EXTRA_DIST += %D%/README.md %D%/make-repository.sh %D%/repository-v1 \
	%D%/make-repository-delta.sh %D%/repository-v1-delta \
	%D%/make-protocol.py %D%/protocol-v1 %D%/protocol-v1-deltas \
	%D%/protocol-v1-hooks %D%/make-pins.sh %D%/pins-v1 \
	tests/lib/manifest.sh
