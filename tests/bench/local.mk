# tests/bench: a comparison with other programs, run by hand.
check_PROGRAMS += %D%/meter %D%/codec %D%/scale
%C%_meter_SOURCES = %D%/meter.c
%C%_codec_SOURCES = %D%/codec.c
%C%_codec_LDADD = $(KHO_ALL_LIBS) $(KHO_ALL_EXT)
%C%_scale_SOURCES = %D%/scale.c %D%/scale_make.c %D%/scale.h \
	tests/unit/count_store.c tests/unit/count_store.h
%C%_scale_LDADD = $(KHO_ALL_LIBS) $(KHO_ALL_EXT)
EXTRA_DIST += %D%/run %D%/daemon %D%/targets %D%/data.sh %D%/database.py \
	%D%/files.sh %D%/made.py \
	%D%/net.sh %D%/table.awk %D%/tools.sh

# make bench BENCH='--quick --only kho,borg'
bench: all %D%/meter$(EXEEXT)
	$(srcdir)/%D%/run --build . $(BENCH)
.PHONY: bench
