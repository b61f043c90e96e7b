# net.sh: two ends and what lies between them; to be read by run.
# shellcheck shell=bash disable=SC2034,SC2154
#
# As root the source and the server are two network namespaces joined by a
# veth pair, whose bytes are counted; otherwise both are this host, over
# loopback, and bytes are not counted.  Each end has an sshd of its own,
# which runs only while something is measured.

net_up() {
	net_ns=kho-bench-$$
	net_method="loopback, bytes not counted"
	net_source=127.0.0.1 net_server=127.0.0.1
	net_port=$((20000 + $$ % 10000))
	if [ "$(id -u)" -eq 0 ] && net_pair 2>/dev/null; then
		net_method="veth pair between network namespaces, both ways"
		net_source=10.77.0.1 net_server=10.77.0.2
	else
		net_down
		net_ns=
	fi
	[ -z "$rate" ] || net_slow
	net_ssh
}

# net_slow: let no more than $rate Mbit/s through, each way.
net_slow() {
	[ -n "$net_ns" ] || fail "--rate needs root and network namespaces"
	for net_end in s k; do
		tc -n "$net_ns-$net_end" qdisc add dev eth0 root tbf \
		    rate "${rate}mbit" burst 128kb latency 50ms ||
			fail "tc (the package iproute2)"
	done
}

net_pair() {
	ip netns add "$net_ns-s" && ip netns add "$net_ns-k" &&
		ip -n "$net_ns-s" link add eth0 type veth peer name eth0 \
		    netns "$net_ns-k" &&
		ip -n "$net_ns-s" address add 10.77.0.1/24 dev eth0 &&
		ip -n "$net_ns-k" address add 10.77.0.2/24 dev eth0 &&
		ip -n "$net_ns-s" link set eth0 up &&
		ip -n "$net_ns-k" link set eth0 up &&
		ip -n "$net_ns-s" link set lo up &&
		ip -n "$net_ns-k" link set lo up
}

net_down() {
	[ -n "${net_ns:-}" ] || return 0
	ip netns del "$net_ns-s" 2>/dev/null
	ip netns del "$net_ns-k" 2>/dev/null
	return 0
}

# net_on SIDE: the words that make a command run there.
net_on() {
	[ -n "$net_ns" ] || return 0
	case $1 in
	source) echo "ip netns exec $net_ns-s" ;;
	server) echo "ip netns exec $net_ns-k" ;;
	esac
}

# net_bytes: bytes between the ends so far, both ways.
net_bytes() {
	if [ -z "$net_ns" ]; then
		echo -
		return
	fi
	ip -n "$net_ns-k" -s -s link show eth0 | awk '
	    /RX:/ || /TX:/ { getline; n += $1 } END { printf "%.0f\n", n }'
}

# net_ssh: keys and configurations.  The key "agent" may only run Kho's
# agent; the key "user" may do what the peers need.
net_ssh() {
	net_dir=$work/ssh
	mkdir -p "$net_dir"
	chmod 700 "$net_dir"
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	for net_key in host agent user; do
		ssh-keygen -q -t ed25519 -N '' -C "$net_key" \
		    -f "$net_dir/$net_key" || fail "ssh-keygen"
	done
	{
		cat "$net_dir/user.pub"
		printf 'command="%s serve --root %s",restrict %s\n' \
		    "$build/agents/backup-agent" "$work" \
		    "$(cat "$net_dir/agent.pub")"
	} >"$net_dir/authorized_keys"
	chmod 600 "$net_dir/authorized_keys"
	net_sshd=$(command -v sshd || echo /usr/sbin/sshd)
	for net_end in source server; do
		net_address=net_$net_end
		net_config >"$net_dir/sshd_$net_end"
		net_client >>"$net_dir/config"
		echo "[${!net_address}]:$net_port $(cat "$net_dir/host.pub")" \
		    >>"$net_dir/known_hosts"
	done
	net_rsh="ssh -F $net_dir/config"
}

net_config() {
	cat <<-END
	Port $net_port
	ListenAddress ${!net_address}
	HostKey $net_dir/host
	AuthorizedKeysFile $net_dir/authorized_keys
	UsePAM no
	StrictModes no
	PidFile none
	PermitRootLogin prohibit-password
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	Subsystem sftp internal-sftp
	END
}

net_client() {
	cat <<-END
	Host $net_end
	  HostName ${!net_address}
	  Port $net_port
	  User $(id -un)
	  IdentityFile $net_dir/user
	  IdentitiesOnly yes
	  UserKnownHostsFile $net_dir/known_hosts
	  StrictHostKeyChecking yes
	  BatchMode yes
	END
}

# net_servers TOOL: the sshd that the tool logs in to, as options of meter in
# $servers: that of the source for those that pull.
net_servers() {
	net_end=source
	case $1 in
	borg | restic | duplicity) net_end=server ;;
	esac
	servers=(-s "$(net_on "$net_end") $net_sshd -D -e -f \
$net_dir/sshd_$net_end")
}
