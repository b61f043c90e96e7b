# Unit tests of catalog.
if CMOCKA
catalog_tests = \
	%D%/test_catalog %D%/test_catalog_disk \
	%D%/test_catalog_job %D%/test_claim \
	%D%/test_copy \
	%D%/test_forecast %D%/test_rebuild %D%/test_usage
check_PROGRAMS += $(catalog_tests)
TESTS += $(catalog_tests)

catalog_test_libs = lib/catalog/libcatalog.a lib/base/libbase.a \
	$(SQLITE_LIBS) $(SECCOMP_LIBS) $(CMOCKA_LIBS)
catalog_test_cppflags = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
catalog_fixture = %D%/catalog_fixture.c %D%/catalog_fixture.h
%C%_test_catalog_SOURCES = %D%/test_catalog.c $(catalog_fixture)
%C%_test_catalog_CPPFLAGS = $(catalog_test_cppflags)
%C%_test_catalog_LDADD = $(catalog_test_libs)
%C%_test_catalog_disk_SOURCES = %D%/test_catalog_disk.c $(catalog_fixture)
%C%_test_catalog_disk_LDADD = $(catalog_test_libs)
%C%_test_catalog_job_SOURCES = %D%/test_catalog_job.c $(catalog_fixture)
%C%_test_catalog_job_CPPFLAGS = $(catalog_test_cppflags)
%C%_test_catalog_job_LDADD = $(catalog_test_libs)
%C%_test_claim_SOURCES = %D%/test_claim.c $(catalog_fixture)
%C%_test_claim_LDADD = $(catalog_test_libs)
%C%_test_copy_SOURCES = %D%/test_copy.c $(catalog_fixture)
%C%_test_copy_LDADD = $(catalog_test_libs)
%C%_test_forecast_SOURCES = %D%/test_forecast.c $(catalog_fixture)
%C%_test_forecast_LDADD = $(catalog_test_libs)
%C%_test_rebuild_SOURCES = %D%/test_rebuild.c $(catalog_fixture)
%C%_test_rebuild_LDADD = $(catalog_test_libs)
%C%_test_usage_SOURCES = %D%/test_usage.c $(catalog_fixture)
%C%_test_usage_LDADD = $(catalog_test_libs)
endif
