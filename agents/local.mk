# agents: backup-agent, of a library that its tests link too.
noinst_LIBRARIES += agents/libagent.a
agents_libagent_a_SOURCES = \
	%D%/allow.c %D%/allow.h \
	%D%/batch.c %D%/batch.h \
	%D%/chunks.c %D%/chunks.h \
	%D%/content.c %D%/content.h \
	%D%/diff.c %D%/diff.h \
	%D%/digest.c %D%/digest.h \
	%D%/exclude.c %D%/exclude.h \
	%D%/frame.c %D%/frame.h \
	%D%/glob.c %D%/glob.h \
	%D%/hooklist.c %D%/hookrun.c %D%/hooks.c %D%/hooks.h \
	%D%/hub.c %D%/hub.h \
	%D%/info.c %D%/info.h \
	%D%/job.c %D%/job.h \
	%D%/list.c %D%/list.h \
	%D%/load.c %D%/load.h \
	%D%/local.c %D%/local.h \
	%D%/names.c %D%/names.h \
	%D%/outq.c %D%/outq.h \
	%D%/pack.c %D%/pack.h \
	%D%/recurse.c %D%/recurse.h \
	%D%/reqs.c %D%/reqs.h \
	%D%/scan.c %D%/scan.h \
	%D%/serve.c %D%/serve.h \
	%D%/source.c %D%/source.h \
	%D%/tell.c %D%/tell.h \
	%D%/walker.c %D%/walker.h \
	%D%/xattr.c %D%/xattr.h

agent_libs = agents/libagent.a lib/wire/libwire.a lib/codec/libcodec.a \
	lib/hash/libhash.a lib/base/libbase.a
agent_ext = $(ZSTD_LIBS) $(RSYNC_LIBS) $(XXHASH_LIBS) $(CRYPTO_LIBS) $(SECCOMP_LIBS)

sbin_PROGRAMS += agents/backup-agent
agents_backup_agent_SOURCES = %D%/main.c
agents_backup_agent_CPPFLAGS = $(AM_CPPFLAGS) \
	-DHOOKS_DIR='"$(sysconfdir)/kho/hooks.d"'
agents_backup_agent_LDADD = $(agent_libs) $(agent_ext)
