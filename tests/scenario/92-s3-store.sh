#!/bin/sh
# 92-s3-store.sh: the S3 store on Ceph and on Swift, with a connection that is
# cut again and again, with locked objects, and as the target of a policy.
# shellcheck disable=SC2034,SC2154 # kho.sh, sshd.sh
set -u
. "${top_srcdir:?}/tests/lib/lib.sh"
. "$top_srcdir/tests/lib/sshd.sh"
. "$top_srcdir/tests/lib/kho.sh"
. "$top_srcdir/tests/lib/rgw.sh"
. "$top_srcdir/tests/lib/swift.sh"
suite=$top_builddir/tests/conformance/store
storecat=$top_builddir/tests/lib/storecat
need rsync /usr/bin/python3
[ -x "$suite" ] || {
	say "skipped: no cmocka"
	exit 77
}
tmpdir

# conform NAME EXCLUSIVE [direct]: pass the suite, and promise that.
conform() {
	"$suite" ${3:+"$3"} >"$tmp/$1.suite" 2>&1 || {
		cat "$tmp/$1.suite" >&2
		fail "$1: the suite"
	}
	grep -q "exclusive: $2; durable: the server's word" \
	    "$tmp/$1.suite" || fail "$1 promises something else"
	say "$1: $(grep -c ' OK ' "$tmp/$1.suite") tests, exclusive $2"
}

# Beside the rest: Swift does not know If-None-Match.
swift_beside() (
	trap swift_stop EXIT
	trap 'exit 143' TERM
	swift_start "$tmp/swift"
	swift_bucket kho
	KHO_STORE_URL=s3+http://$SWIFT_ENDPOINT/kho/far/away
	KHO_STORE_CREDENTIALS=$SWIFT_CREDENTIALS
	export KHO_STORE_URL KHO_STORE_CREDENTIALS
	conform swift checked direct
)

# Objects are put and read over a proxy that cuts connections; then all are
# there, whole, and nothing else is.  They are small: a request that is cut
# eight times in a row is a failure, and shall not be one of the test.
cut_at_random() (
	trap '' EXIT
	seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	mkfifo "$tmp/end"
	/usr/bin/python3 "$top_srcdir/tests/lib/cutter.py" \
	    "${RGW_ENDPOINT#*:}" "$seed" 10 80000 <"$tmp/end" \
	    >"$tmp/cutter" &
	cutter=$!
	exec 9>"$tmp/end"
	while [ ! -s "$tmp/cutter" ]; do
		sleep 0.1
	done
	KHO_STORE_URL=s3+http://127.0.0.1:$(cat "$tmp/cutter")/kho/cut
	"$storecat" churn "$seed" 40 20000 >"$tmp/put" 2>"$tmp/cut" || {
		cat "$tmp/cut" >&2
		fail "churn over cut connections, seed $seed"
	}
	exec 9>&-
	wait "$cutter"
	KHO_STORE_URL=s3+http://$RGW_ENDPOINT/kho/cut
	"$storecat" list 2>/dev/null | sort >"$tmp/cut.list"
	sort "$tmp/put" | cmp - "$tmp/cut.list" ||
		fail "what was put is not what is there, seed $seed"
	grep -q ', again$' "$tmp/cut" || say "no request was sent again"
	say "$(tail -n 1 "$tmp/cutter") connections cut," \
	    "$(wc -l <"$tmp/put") objects there (seed $seed)"
)

# A locked object is hidden by a delete, but whoever has the keys cannot
# remove it.
locked() {
	rgw_bucket locked lock
	KHO_STORE_URL=s3+http://$RGW_ENDPOINT/locked
	echo content >"$tmp/object"
	KHO_STORE_LOCK=3600 expect 0 "$storecat" put packs/aa/x "$tmp/object"
	expect 0 "$storecat" put packs/aa/open "$tmp/object"
	[ "$(rgw_request GET '/locked?versions=')" = 200 ] ||
		fail "no versions"
	sed 's/<Version>/\n&/g' "$tmp/rgw/answer" >"$tmp/versions"
	for name in x open; do
		version=$(sed -n "/aa\/$name</s/.*<VersionId>\([^<]*\).*/\1/p" \
		    "$tmp/versions")
		[ -n "$version" ] || fail "$name has no version"
		rgw_request DELETE "/locked/packs/aa/$name?versionId=$version"
		echo " $name"
	done >"$tmp/deleted"
	has "$tmp/deleted" "403 x"
	has "$tmp/deleted" "204 open"
	expect 0 "$storecat" rm packs/aa/x
	expect 0 "$storecat" list
	[ ! -s "$tmp/out" ] || fail "what was deleted is listed"
	[ "$(rgw_request GET "/locked/packs/aa/x?versionId=$(sed -n \
	    "/aa\/x</s/.*<VersionId>\([^<]*\).*/\1/p" "$tmp/versions")")" = \
	    200 ] || fail "the locked version is gone"
	# A bucket without locks cannot be asked for them.
	KHO_STORE_URL=s3+http://$RGW_ENDPOINT/kho
	KHO_STORE_LOCK=3600 expect 11 "$storecat" list
	has "$tmp/err" "made without object lock"
}

# What is longer than a pack crosses in parts.
in_parts() {
	KHO_STORE_URL=s3+http://$RGW_ENDPOINT/kho/parts
	dd if=/dev/urandom of="$tmp/object" bs=1M count=34 2>/dev/null
	expect 0 "$storecat" put packs/aa/parts "$tmp/object"
	expect 0 "$storecat" get packs/aa/parts
	cmp "$tmp/object" "$tmp/out" || fail "other bytes came back"
	[ "$(rgw_request GET '/kho?uploads=')" = 200 ] || fail "no uploads"
	! grep -q UploadId "$tmp/rgw/answer" || fail "an upload is left over"
}

# Over TLS, in a process of its own, to a server that shows whom it is; and
# not to one that cannot.
over_tls() {
	key=$tmp/keys/t.key
	url=s3://$RGW_TLS_ENDPOINT/kho/office
	expect 0 "$restore" --repo "$url" --credentials "$RGW_CREDENTIALS" \
	    --ca-file "$RGW_CA_FILE" --key "$key" list
	expect 8 "$restore" --repo "$url" --credentials "$RGW_CREDENTIALS" \
	    --key "$key" list
	has "$tmp/err" "SSL certificate problem"
	has "$tmp/err" "its certificate is not to be trusted"
}

# A policy whose target is a bucket.
policy() {
	cat >"$tmp/policy.cfg" <<-END
	policy_version = 1;
	sets = { s = { paths = [ "$tmp/src" ]; }; };
	hosts = ( { name = "h"; address = "127.0.0.1"; port = $SSHD_PORT;
	  user = "$SSHD_USER"; identity = "$SSHD_IDENTITY"; sets = [ "s" ];
	  host_key = [ "$SSHD_HOST_KEY" ]; } );
	targets = ( { name = "t"; type = "s3"; role = "primary";
	  address = "127.0.0.1"; port = ${RGW_ENDPOINT#*:}; tls = false;
	  bucket = "kho"; prefix = "office";
	  credentials = "$RGW_CREDENTIALS"; } );
	END
	chmod 600 "$tmp/policy.cfg"
}

# A tree goes there and comes back.
backed_up() {
	sshd_start "$tmp/sshd" "$agent serve --root $tmp"
	policy
	expect 0 "$backupctl" -c "$tmp/policy.cfg" target init t
	has "$tmp/out" "of two who write one name, one is refused"
	kho_tree "$tmp/src"
	dd if=/dev/urandom of="$tmp/src/large" bs=1M count=8 2>/dev/null
	kho_backup 0
	rm -rf "$tmp/restored"
	expect 0 "$restore" --repo "s3+http://$RGW_ENDPOINT/kho/office" \
	    --credentials "$RGW_CREDENTIALS" --key "$tmp/keys/t.key" \
	    run latest --to "$tmp/restored"
	kho_compare "$tmp/src" "$tmp/restored$tmp/src"
}

swift_end() {
	kill "$swift_process" 2>/dev/null && wait "$swift_process"
}

swift_beside &
swift_process=$!
at_exit swift_end
rgw_start "$tmp/rgw"
rgw_bucket kho
KHO_STORE_URL=s3+http://$RGW_ENDPOINT/kho/suite
KHO_STORE_CREDENTIALS=$RGW_CREDENTIALS
export KHO_STORE_URL KHO_STORE_CREDENTIALS
cut_end() {
	wait "$cut_process"
}
cut_at_random &
cut_process=$!
at_exit cut_end
conform ceph atomic direct
locked
in_parts
backed_up
over_tls
wait "$cut_process" || fail "cut connections"
wait "$swift_process" || fail "Swift"
