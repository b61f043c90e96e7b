# kho.sh: a source host, a policy and a repository in $tmp, for scenario
# scripts; to be read after lib.sh and sshd.sh.
# shellcheck shell=sh

backupd=${top_builddir:?}/backupd/backupd
backupctl=$top_builddir/backupctl/backupctl
restore=$top_builddir/restore/restore
agent=$top_builddir/agents/backup-agent

# kho_policy PATH...: write $tmp/policy.cfg for host "h" with set "s" of these
# paths; $kho_set, $kho_host and $kho_target hold further lines of theirs.
kho_policy() {
	kho_paths=
	for kho_path; do
		kho_paths="$kho_paths${kho_paths:+, }\"$kho_path\""
	done
	cat >"${tmp:?}/policy.cfg" <<-END
	policy_version = 1;
	sets = { s = { paths = [ $kho_paths ]; ${kho_set:-} }; };
	hosts = ( { name = "h"; address = "127.0.0.1"; port = $SSHD_PORT;
	  user = "$SSHD_USER"; identity = "$SSHD_IDENTITY"; sets = [ "s" ];
	  host_key = [ "${kho_key:-$SSHD_HOST_KEY}" ]; ${kho_host:-} } );
	targets = ( { name = "t"; type = "dir"; role = "primary";
	  path = "$tmp/repo"; ${kho_target:-min_free = \"0 %\";} } );
	END
	chmod 600 "$tmp/policy.cfg"
}

# kho_setup PATH...: sshd with the agent, a policy, an empty repository; the
# agent may serve what lies below $tmp.  Sets $key.
kho_setup() {
	sshd_start "$tmp/sshd" "$agent serve --root $tmp"
	kho_policy "$@"
	mkdir "$tmp/repo"
	expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
	key=$tmp/keys/t.key
}

# kho_backup [CODE [OPTION...]]: run the job; it must end with CODE.
kho_backup() {
	kho_code=${1:-0}
	[ $# -eq 0 ] || shift
	expect "$kho_code" "$backupd" -c "$tmp/policy.cfg" "$@" --once
}

# kho_restore CODE ARGUMENT...: restore with the repository and its key.
kho_restore() {
	kho_code=$1
	shift
	expect "$kho_code" "$restore" --repo "$tmp/repo" --key "$key" "$@"
}

# kho_same SOURCE SNAPSHOT: restore it and compare with the directory SOURCE.
kho_same() {
	kho_out=$tmp/restored
	rm -rf "$kho_out"
	kho_restore 0 run "$2" --to "$kho_out"
	has "$tmp/out" COMPLETE
	kho_compare "$1" "$kho_out$1"
}

# kho_compare A B: fail unless the trees are the same in all that is kept.
kho_compare() {
	rsync -aHAXn --numeric-ids --modify-window=-1 --checksum --delete \
	    --itemize-changes "$1/" "$2/" >"$tmp/diff" 2>&1 ||
		fail "rsync cannot compare $1 and $2"
	[ ! -s "$tmp/diff" ] || {
		head -20 "$tmp/diff" >&2
		fail "$2 is not what $1 is"
	}
}

# kho_json NAME: the number or text of that member in the "job" line of
# $tmp/out, which a run with --json has left.
kho_json() {
	sed -n 's/.*"t": *"job".*"'"$1"'": *"\{0,1\}\([^",}]*\).*/\1/p' \
	    "$tmp/out"
}

# kho_tree DIR: a small tree with something of everything.
kho_tree() {
	mkdir -p "$1/a/b" "$1/empty" "$1/many"
	printf 'hello\n' >"$1/a/file"
	ln "$1/a/file" "$1/a/b/link"
	ln -s ../file "$1/a/b/symbolic"
	: >"$1/a/nothing"
	head -c 3000000 /dev/urandom >"$1/a/large"
	kho_i=0
	while [ $kho_i -lt 300 ]; do
		echo "$kho_i $1" >"$1/many/$kho_i"
		kho_i=$((kho_i + 1))
	done
	# Times that a restore in the same second would hide.
	find "$1" -exec touch -h -d '2020-02-02 02:02:02.123456789' {} +
}
