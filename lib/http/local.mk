# lib/http: the only user of curl/curl.h.
noinst_LIBRARIES += lib/http/libhttp.a
lib_http_libhttp_a_SOURCES = \
	%D%/http.c %D%/http.h
lib_http_libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
