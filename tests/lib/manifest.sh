# manifest.sh: what a restored tree must be, as lines of text; to be read
# after lib.sh.
# shellcheck shell=sh

# manifest_of DIR ROOT...: describe what is at and below DIR/ROOT, a line a
# fact, by its first letter:
#
#	a  path, type, mode, modification time; but for directories also size,
#	   number of links, and the target of a symbolic link
#	o  path, owner, group; where they are not root's
#	c  SHA-256 of the content, path; where it is not empty
#	x  extended attributes and ACLs, as getfattr(1) shows them
#
# A newline in a name is shown as "?".
manifest_of() (
	LC_ALL=C TZ=UTC0
	export LC_ALL TZ
	cd "$1" || exit
	shift
	find "$@" -type d -printf 'a\t%p\t%y\t%m\t%T@\0' -o \
	    -printf 'a\t%p\t%y\t%m\t%T@\t%s\t%n\t%l\0' |
		sort -z | tr '\n\0' '?\n'
	find "$@" ! \( -uid 0 -gid 0 \) -printf 'o\t%p\t%U\t%G\0' | sort -z | tr '\n\0' '?\n'
	find "$@" -type f -size +0 -print0 | sort -z | xargs -0 sha256sum -z |
		sed -z 's/^/c\t/' | tr '\n\0' '?\n'
	find "$@" -print0 | sort -z | xargs -0 getfattr -hd -e hex \
	    -m '^user\.|^system\.posix_acl' | sed -n '/./s/^/x	/p'
)
