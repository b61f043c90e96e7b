# tests: unit tests beside the layers they mirror, then whole programs.
include tests/unit/base.mk
include tests/unit/hash.mk
include tests/unit/crypto.mk
include tests/unit/codec.mk
include tests/unit/ssh.mk
include tests/unit/sftp.mk
include tests/unit/wire.mk
include tests/unit/store.mk
include tests/unit/repo.mk
include tests/unit/policy.mk
include tests/unit/catalog.mk
include tests/unit/cli.mk
include tests/unit/control.mk
include tests/unit/agents.mk
include tests/unit/reader.mk
include tests/unit/backupd.mk
include tests/unit/restore.mk
include tests/fuzz/local.mk
include tests/scenario/local.mk
include tests/bench/local.mk
include tests/reader/local.mk
include tests/vectors/local.mk

AM_TESTS_ENVIRONMENT = top_srcdir='$(abs_top_srcdir)' \
	top_builddir='$(abs_top_builddir)'; \
	export top_srcdir top_builddir;

# All libraries in link order, for programs that use several layers.
KHO_ALL_LIBS = lib/cli/libcli.a lib/control/libcontrol.a lib/catalog/libcatalog.a \
	lib/policy/libpolicy.a lib/repo/librepo.a \
	lib/store/libstore.a lib/wire/libwire.a lib/http/libhttp.a \
	lib/sftp/libsftp.a \
	lib/ssh/libssh.a \
	lib/codec/libcodec.a lib/crypto/libcrypto.a lib/hash/libhash.a \
	lib/base/libbase.a
KHO_ALL_EXT = $(JANSSON_LIBS) $(SQLITE_LIBS) $(LIBCONFIG_LIBS) $(LIBSSH2_LIBS) \
	$(EXPAT_LIBS) \
	$(ZSTD_LIBS) $(RSYNC_LIBS) $(XXHASH_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) \
	$(SECCOMP_LIBS)
