# tests/reader: an independent reader, written from doc/format.md alone.
EXTRA_DIST += %D%/crypto.py %D%/reader.py %D%/repository.py %D%/shapes.py
