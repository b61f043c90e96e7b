# lib/http: libcurl, by its header; loaded when it is needed.
noinst_LIBRARIES += lib/http/libhttp.a
lib_http_libhttp_a_SOURCES = \
	%D%/curl.c %D%/curl.h \
	%D%/http.c %D%/http.h
lib_http_libhttp_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
