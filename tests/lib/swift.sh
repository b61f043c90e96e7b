# swift.sh: a private OpenStack Swift, which speaks S3 but does not know
# If-None-Match; after lib.sh.
#
#	swift_start DIR		start it, all its files in DIR, which must not
#				be there and be on a file system with user
#				attributes; skips the script where Swift is
#				missing
#	swift_bucket NAME	make a bucket
#	swift_stop		end it; done at exit, too
#
# After swift_start these are exported:
#
#	SWIFT_ENDPOINT	127.0.0.1:PORT, plain HTTP
#	SWIFT_ID, SWIFT_SECRET	keys of a user who may make buckets
#	SWIFT_CREDENTIALS	a file of these two, of mode 0600
#
# It is a proxy and one server each for accounts, containers and objects, on
# loopback, ready in some 4 seconds, with 0.25 GiB of memory.
# shellcheck shell=sh

swift_pids=

swift_stop() {
	for swift_pid in $swift_pids; do
		kill -KILL "$swift_pid" 2>/dev/null
		wait "$swift_pid" 2>/dev/null
	done
	swift_pids=
}

swift_failed() {
	cat "$swift_dir"/*.out >&2
	fail "$1"
}

# The rings, of one device each, and free ports: four numbers.
swift_rings() {
	/usr/bin/python3 - "$swift_dir" <<-'END'
	import os, socket, sys
	from swift.common.ring import RingBuilder
	where = sys.argv[1]
	socks = [socket.socket() for i in range(4)]
	for s in socks:
	    s.bind(("127.0.0.1", 0))
	ports = [s.getsockname()[1] for s in socks]
	for kind, port in zip(("account", "container", "object"), ports[1:]):
	    ring = RingBuilder(4, 1, 0)
	    ring.add_dev(dict(region=1, zone=1, ip="127.0.0.1", port=port,
	        replication_ip="127.0.0.1", replication_port=port,
	        device="d", weight=1, meta=""))
	    ring.rebalance()
	    ring.get_ring().save(os.path.join(where, kind + ".ring.gz"))
	print(*ports)
	END
}

# swift_conf KIND PORT: what all servers share.
swift_conf() {
	cat <<-END
	[DEFAULT]
	bind_ip = 127.0.0.1
	bind_port = $2
	workers = 0
	user = $(id -un)
	swift_dir = $swift_dir
	devices = $swift_dir/devices
	mount_check = false
	disable_fallocate = true
	log_level = WARNING
	log_address = $swift_dir/no-log
	END
}

swift_server_conf() {
	swift_conf "$@"
	cat <<-END
	[pipeline:main]
	pipeline = $1-server
	[app:$1-server]
	use = egg:swift#$1
	recon_cache_path = $swift_dir
	END
}

swift_proxy_conf() {
	swift_conf proxy "$1"
	cat <<-END
	[pipeline:main]
	pipeline = catch_errors cache s3api tempauth bulk slo dlo proxy-server
	[app:proxy-server]
	use = egg:swift#proxy
	account_autocreate = true
	[filter:catch_errors]
	use = egg:swift#catch_errors
	[filter:cache]
	use = egg:swift#memcache
	memcache_servers = 127.0.0.1:1
	[filter:s3api]
	use = egg:swift#s3api
	location = us-east-1
	[filter:tempauth]
	use = egg:swift#tempauth
	user_kho_${SWIFT_ID#kho:} = $SWIFT_SECRET .admin
	[filter:bulk]
	use = egg:swift#bulk
	[filter:slo]
	use = egg:swift#slo
	[filter:dlo]
	use = egg:swift#dlo
	END
}

# swift_run KIND: start that server.
swift_run() {
	"swift-$1-server" "$swift_dir/$1.conf" >"$swift_dir/$1.out" 2>&1 &
	swift_pids="$! $swift_pids"
}

swift_start() {
	need swift-proxy-server swift-account-server swift-container-server \
	    swift-object-server curl /usr/bin/python3
	mkdir -p "$1/devices/d"
	swift_dir=$(cd "$1" && pwd)
	SWIFT_ID=kho:tester
	SWIFT_SECRET=$(head -c 24 /dev/urandom | base64 | tr '/+' 'ab')
	SWIFT_CREDENTIALS=$swift_dir/credentials
	(umask 077 && printf '%s %s\n' "$SWIFT_ID" "$SWIFT_SECRET" \
	    >"$SWIFT_CREDENTIALS")
	cat >"$swift_dir/swift.conf" <<-END
	[swift-hash]
	swift_hash_path_suffix = test
	swift_hash_path_prefix = test
	[storage-policy:0]
	name = only
	default = yes
	END
	# shellcheck disable=SC2046 # four words
	set -- $(swift_rings)
	[ $# -eq 4 ] || fail "Swift's rings cannot be made"
	SWIFT_ENDPOINT=127.0.0.1:$1
	export SWIFT_ENDPOINT SWIFT_ID SWIFT_SECRET SWIFT_CREDENTIALS
	swift_proxy_conf "$1" >"$swift_dir/proxy.conf"
	swift_server_conf account "$2" >"$swift_dir/account.conf"
	swift_server_conf container "$3" >"$swift_dir/container.conf"
	swift_server_conf object "$4" >"$swift_dir/object.conf"
	at_exit swift_stop
	for swift_kind in account container object proxy; do
		swift_run $swift_kind
	done
	swift_i=0
	for swift_port; do
		until curl -s -o /dev/null "http://127.0.0.1:$swift_port/"; do
			swift_i=$((swift_i + 1))
			[ $swift_i -lt 300 ] || swift_failed "no Swift"
			sleep 0.1
		done
	done
}

swift_bucket() {
	# Its signer takes no keys with a colon in them, so this is not curl.
	/usr/bin/python3 - "$SWIFT_ENDPOINT" "$1" <<-'END' ||
	import hashlib, hmac, http.client, os, sys, time
	host, bucket = sys.argv[1:]
	now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
	scope = now[:8] + "/us-east-1/s3/aws4_request"
	empty = hashlib.sha256().hexdigest()
	names = "host;x-amz-content-sha256;x-amz-date"
	request = "\n".join(["PUT", "/" + bucket, "", "host:" + host,
	    "x-amz-content-sha256:" + empty, "x-amz-date:" + now, "", names,
	    empty])
	text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
	    hashlib.sha256(request.encode()).hexdigest()])
	key = b"AWS4" + os.environ["SWIFT_SECRET"].encode()
	for part in scope.split("/") + [text]:
	    key = hmac.new(key, part.encode(), "sha256").digest()
	c = http.client.HTTPConnection(host)
	c.request("PUT", "/" + bucket, headers={
	    "x-amz-content-sha256": empty, "x-amz-date": now,
	    "authorization": "AWS4-HMAC-SHA256 Credential=%s/%s, "
	    "SignedHeaders=%s, Signature=%s" % (os.environ["SWIFT_ID"],
	    scope, names, key.hex())})
	answer = c.getresponse()
	if answer.status != 200:
	    sys.exit("%d %s" % (answer.status, answer.read()))
	END
		swift_failed "bucket $1"
}
