# The libraries, lowest layer first; doc/design.md says who may include whom.
include lib/base/local.mk
include lib/hash/local.mk
include lib/crypto/local.mk
include lib/codec/local.mk
include lib/ssh/local.mk
include lib/sftp/local.mk
include lib/http/local.mk
include lib/wire/local.mk
include lib/store/local.mk
include lib/repo/local.mk
include lib/policy/local.mk
include lib/catalog/local.mk
include lib/control/local.mk
include lib/cli/local.mk
