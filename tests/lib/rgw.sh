# rgw.sh: a private Ceph object gateway, which speaks S3; after lib.sh.
#
#	rgw_start DIR		start it, all its files in DIR, which must not
#				be there; skips the script where Ceph is missing
#	rgw_bucket NAME		make a bucket
#	rgw_bucket NAME lock	make one whose objects can be locked
#	rgw_request METHOD PATH [CURL OPTION...]	one signed request; its
#				status is printed, its body is in DIR/answer
#	rgw_stop		end it; done at exit, too
#
# After rgw_start these are exported:
#
#	RGW_ENDPOINT	127.0.0.1:PORT, plain HTTP
#	RGW_TLS_ENDPOINT	127.0.0.1:PORT, over TLS
#	RGW_CA_FILE	its certificate
#	RGW_ID, RGW_SECRET	keys of a user who may make buckets
#	RGW_CREDENTIALS	a file of these two, of mode 0600
#	RGW_REGION	default
#
# It is a monitor, a disk in memory and a gateway, on loopback, ready in some
# 4 seconds, with 0.2 GiB of memory.  What is stored is gone with it.
# shellcheck shell=sh

rgw_pids=

rgw_ceph() {
	ceph -c "$rgw_dir/ceph.conf" --connect-timeout 20 "$@"
}

# Free ports: ask the kernel for four, close them, hope.
rgw_ports() {
	/usr/bin/python3 -c 'import socket
s = [socket.socket() for i in range(4)]
for x in s:
    x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])'
}

rgw_conf() {
	cat >"$rgw_dir/ceph.conf" <<-END
	[global]
	fsid = $rgw_fsid
	mon host = [v2:127.0.0.1:$1,v1:127.0.0.1:$2]
	auth cluster required = none
	auth service required = none
	auth client required = none
	ms mon client mode = crc secure
	ms bind ipv4 = true
	public addr = 127.0.0.1
	cluster addr = 127.0.0.1
	osd pool default size = 1
	osd pool default min size = 1
	osd pool default pg num = 8
	osd crush chooseleaf type = 0
	osd objectstore = memstore
	memstore device bytes = 2147483648
	mon allow pool size one = true
	mon data avail warn = 0
	mon data avail crit = 0
	paxos propose interval = 0.02
	paxos min wait = 0.01
	osd pool default pg autoscale mode = off
	mon data = $rgw_dir/mon
	osd data = $rgw_dir/osd
	rgw data = $rgw_dir/rgw
	run dir = $rgw_dir/run
	admin socket = $rgw_dir/run/\$name.\$pid.asok
	pid file = $rgw_dir/run/\$name.pid
	log file = $rgw_dir/\$name.log
	keyring = $rgw_dir/keyring
	crash dir = $rgw_dir/crash
	[client.rgw]
	rgw frontends = beast endpoint=127.0.0.1:$3 ssl_endpoint=127.0.0.1:$4 ssl_certificate=$rgw_dir/tls.pem ssl_private_key=$rgw_dir/tls.key
	rgw enable usage log = false
	rgw thread pool size = 32
	END
}

rgw_stop() {
	# Nothing of theirs is to be kept, and they take their time.
	for rgw_pid in $rgw_pids; do
		kill -KILL "$rgw_pid" 2>/dev/null
		wait "$rgw_pid" 2>/dev/null
	done
	rgw_pids=
}

# rgw_run LOG COMMAND...: in the background, to be ended by rgw_stop.
rgw_run() {
	rgw_log=$rgw_dir/$1.out
	shift
	"$@" >"$rgw_log" 2>&1 &
	rgw_pids="$! $rgw_pids"
}

rgw_failed() {
	cat "$rgw_dir"/*.out "$rgw_dir"/setup.log >&2
	fail "$1"
}

rgw_user() {
	radosgw-admin -c "$rgw_dir/ceph.conf" -n client.rgw user create \
	    --uid=kho --display-name=kho --access-key="$RGW_ID" \
	    --secret="$RGW_SECRET"
}

rgw_setup() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=rgw \
	    -addext subjectAltName=IP:127.0.0.1 -keyout "$rgw_dir/tls.key" \
	    -out "$rgw_dir/tls.pem" &&
	ceph-authtool --create-keyring "$rgw_dir/keyring" --gen-key -n mon. \
	    --cap mon 'allow *' &&
	cp "$rgw_dir/keyring" "$rgw_dir/rgw/keyring" &&
	monmaptool --create --addv a "[v2:127.0.0.1:$1,v1:127.0.0.1:$2]" \
	    --fsid "$rgw_fsid" "$rgw_dir/monmap" &&
	ceph-mon -c "$rgw_dir/ceph.conf" --mkfs -i a \
	    --monmap "$rgw_dir/monmap" --keyring "$rgw_dir/keyring"
}

rgw_start() {
	need openssl ceph ceph-mon ceph-osd radosgw radosgw-admin monmaptool curl \
	    /usr/bin/python3
	rgw_dir=$1
	mkdir -p "$rgw_dir/mon" "$rgw_dir/osd" "$rgw_dir/rgw" "$rgw_dir/run"
	rgw_fsid=$(cat /proc/sys/kernel/random/uuid)
	# shellcheck disable=SC2046 # four words
	set -- $(rgw_ports)
	RGW_ENDPOINT=127.0.0.1:$3
	RGW_TLS_ENDPOINT=127.0.0.1:$4
	RGW_CA_FILE=$rgw_dir/tls.pem
	RGW_ID=AKIAKHOTEST
	RGW_SECRET=$(head -c 24 /dev/urandom | base64 | tr '/+' 'ab')
	RGW_REGION=default
	RGW_CREDENTIALS=$rgw_dir/credentials
	export RGW_ENDPOINT RGW_ID RGW_SECRET RGW_REGION RGW_CREDENTIALS
	export RGW_TLS_ENDPOINT RGW_CA_FILE
	(umask 077 && printf '%s %s\n' "$RGW_ID" "$RGW_SECRET" \
	    >"$RGW_CREDENTIALS")
	rgw_conf "$@"
	at_exit rgw_stop
	rgw_setup "$@" >"$rgw_dir/setup.log" 2>&1 ||
		rgw_failed "no monitor"
	rgw_run mon ceph-mon -f -c "$rgw_dir/ceph.conf" -i a
	rgw_osd=$(rgw_ceph osd create 2>>"$rgw_dir/setup.log") ||
		rgw_failed "the monitor does not answer"
	{ ceph-osd -c "$rgw_dir/ceph.conf" -i "$rgw_osd" --mkfs &&
	    rgw_ceph osd crush add "$rgw_osd" 1.0 root=default \
	    host=localhost; } >>"$rgw_dir/setup.log" 2>&1 ||
		rgw_failed "no disk"
	rgw_run osd ceph-osd -f -c "$rgw_dir/ceph.conf" -i "$rgw_osd"
	rgw_run rgw radosgw -f -c "$rgw_dir/ceph.conf" -n client.rgw
	rgw_i=0
	until curl -s -o /dev/null "http://$RGW_ENDPOINT/"; do
		rgw_i=$((rgw_i + 1))
		[ $rgw_i -lt 300 ] || rgw_failed "no gateway"
		sleep 0.1
	done
	rgw_user >>"$rgw_dir/setup.log" 2>&1 || rgw_failed "no user"
}

rgw_request() {
	rgw_method=$1
	rgw_path=$2
	shift 2
	printf 'user = "%s:%s"\n' "$RGW_ID" "$RGW_SECRET" |
	    curl -K - -s -o "$rgw_dir/answer" -w '%{http_code}' \
	    --aws-sigv4 "aws:amz:$RGW_REGION:s3" -X "$rgw_method" \
	    -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" "$@" \
	    "http://$RGW_ENDPOINT$rgw_path"
}

rgw_bucket() {
	if [ "${2-}" = lock ]; then
		rgw_status=$(rgw_request PUT "/$1" \
		    -H "x-amz-bucket-object-lock-enabled: true")
	else
		rgw_status=$(rgw_request PUT "/$1")
	fi
	[ "$rgw_status" = 200 ] || {
		cat "$rgw_dir/answer" >&2
		fail "bucket $1: status $rgw_status"
	}
}
