# month.sh: the office of 73-month.sh; to be read after daemon.sh.
#
# What happens is written into $tmp/timeline, from which month.py tells what
# must have come of it.
# shellcheck shell=sh disable=SC2016,SC2034 # what daemon_until evaluates

# month_hosts: name, days and time of each; the policy and month.py are made
# of it.
month_hosts() {
	for month_i in 1 2 3 4 5 6; do
		echo "night$month_i daily 02:30"
	done >"${tmp:?}/hosts"
	for month_i in 1 2 3 4 5; do
		echo "work$month_i Mon..Fri 20:00"
	done >>"$tmp/hosts"
	cat >>"$tmp/hosts" <<-END
	full daily 02:30
	week1 Sun 04:00
	week2 Sun 04:00
	slow1 Wed 14:00
	slow2 Wed 14:00
	quick Wed 14:00
	bad Mon,Wed,Fri 21:00
	asleep Mon..Fri 12:00
	own daily 05:00
	END
	: >"$tmp/timeline"
}

# told WORD...: write down what happened.
told() {
	echo "$@" >>"$tmp/timeline"
}

# month_on HOST: its address.
month_on() {
	awk -v h="$1" '$1 == h { print "127.0.0." 10 + NR }' "$tmp/hosts"
}

# month_at HOST: the sshd that it has.  One listens at 16 addresses at most.
month_sshds="office annex asleep own"
month_at() {
	case $1 in
	asleep | own) echo "$1" ;;
	slow* | quick | work* | bad) echo annex ;;
	*) echo office ;;
	esac
}

# Each host has some files, a key that lets us in there, and the command that
# this key is good for.
month_sources() {
	need ssh-keygen
	mkdir "$tmp/src" "$tmp/ids"
	: >"$tmp/authorized_keys"
	chmod 600 "$tmp/authorized_keys"
	echo honest >"$tmp/lie"
	while read -r month_host month_days month_time; do
		month_dir=$tmp/src/$month_host
		mkdir "$month_dir"
		[ "$month_host" != full ] || month_small "$month_dir"
		echo "$month_host" >"$month_dir/name"
		: >"$month_dir/today"
		ssh-keygen -q -t ed25519 -N '' -C "$month_host" \
		    -f "$tmp/ids/$month_host" || fail "ssh-keygen"
		printf 'command="sh %s %s",restrict %s\n' "$tmp/agent" \
		    "$month_host" "$(cat "$tmp/ids/$month_host.pub")" \
		    >>"$tmp/authorized_keys"
	done <"$tmp/hosts"
	[ -z "$month_small" ] || month_fill "$month_small"
	month_agent
}

# The agent of a host: slow ones stop in the middle while they are held.
month_agent() {
	cat >"$tmp/agent" <<-END
	serve() {
		exec "${agent:?}" serve --root "$tmp/src/\$1"
	}
	case \$1 in
	slow*)	[ -e "$tmp/hold" ] || serve "\$1"
		serve "\$1" | {
			dd bs=1 count=30000 2>/dev/null
			: >"$tmp/held.\$1"
			while [ -e "$tmp/hold" ]; do sleep 0.1; done
			cat
		} ;;
	bad)	lie=\$(cat "$tmp/lie")
		[ "\$lie" = honest ] ||
			exec "${top_builddir:?}/tests/lib/hostile" "\$lie"
		serve bad ;;
	*)	serve "\$1" ;;
	esac
	END
}

# A small file system of its own; $month_small says whether it is.
month_small=
month_small() {
	mount -t tmpfs -o size=64k month "$1" 2>/dev/null || {
		say "LEFT OUT: no full disk, for nothing can be mounted here"
		return
	}
	month_small=$1
	at_exit month_small_gone
}

month_small_gone() {
	umount -l "$month_small"
}

# Not a byte more goes there.
month_fill() {
	cat /dev/zero >"$1/fill" 2>/dev/null
	told full full
	(echo x >"$1/today") 2>/dev/null && fail "there is room in $1"
}

# month_disk: what the server has: $tmp/state and $tmp/target.  Where that can
# be, both lie on a file system in the file $month_image, so that the power
# can go.
month_image=
month_disk() {
	mkdir "$tmp/disk" "$tmp/target"
	truncate -s 192M "$tmp/image" || fail "truncate"
	if command -v mkfs.ext4 >/dev/null && mkfs.ext4 -q -F -J size=4 \
	    -E lazy_itable_init=0,lazy_journal_init=0 "$tmp/image" &&
	    mount -o loop "$tmp/image" "$tmp/disk" 2>/dev/null; then
		month_image=$tmp/image
		at_exit month_disk_gone
		mkdir "$tmp/disk/repo" "$tmp/disk/state"
		ln -s disk/state "$tmp/state"
		target_back
	else
		say "LEFT OUT: no power cut, for nothing can be mounted here"
		rm -f "$tmp/image"
	fi
}

month_disk_gone() {
	umount -l "$tmp/target" 2>/dev/null
	umount -l "$tmp/disk" 2>/dev/null
}

# The target is not mounted; it is again.
target_away() {
	if [ -n "$month_image" ]; then
		umount "$tmp/target" || fail "umount"
	else
		mv "$tmp/target" "$tmp/away"
		mkdir "$tmp/target"
	fi
}

target_back() {
	if [ -n "$month_image" ]; then
		mount --bind "$tmp/disk/repo" "$tmp/target" || fail "mount"
	else
		rmdir "$tmp/target"
		mv "$tmp/away" "$tmp/target"
	fi
}

# month_host_key NAME: make the host key of that sshd, anew if it has one.
month_host_key() {
	rm -f "$tmp/sshd/$1/host_ed25519"*
	ssh-keygen -q -t ed25519 -N '' -C "$1" \
	    -f "$tmp/sshd/$1/host_ed25519" || fail "ssh-keygen"
}

# sshd_up NAME: start one at the addresses of $tmp/sshd/NAME/addresses; false
# if it does not begin to listen.
sshd_up() {
	sshd_dir=$tmp/sshd/$1
	sshd_hostkeys=host_ed25519
	sshd_extra=$(sed 's/^/ListenAddress /' "$sshd_dir/addresses")
	sshd_config "$SSHD_PORT" | sed -e '/^ListenAddress 127.0.0.1$/d' \
	    -e "s|^AuthorizedKeysFile.*|AuthorizedKeysFile \"$tmp/authorized_keys\"|" \
	    >"$sshd_dir/config"
	: >"$sshd_dir/log"
	"${sshd_program:?}" -D -e -f "$sshd_dir/config" </dev/null >/dev/null \
	    2>"$sshd_dir/log" &
	sshd_pid=$!
	echo "$sshd_pid" >"$sshd_dir/pid"
	sshd_wait && ! grep -q "already in use" "$sshd_dir/log"
}

# sshd_down NAME: stop it.
sshd_down() {
	[ -s "$tmp/sshd/$1/pid" ] || return 0
	read -r sshd_pid <"$tmp/sshd/$1/pid"
	sshd_stop
	: >"$tmp/sshd/$1/pid"
}

sshd_down_all() {
	for month_sshd in $month_sshds; do
		sshd_down "$month_sshd"
	done
}

sshd_up_all() {
	for month_sshd in $month_sshds; do
		sshd_up "$month_sshd" || return 1
	done
}

# month_sshd_all: an sshd for the office, and for each host whose own may go
# or change; all at one port of the addresses of their hosts.
month_sshd_all() {
	sshd_find
	[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
	for month_sshd in $month_sshds; do
		mkdir -p "$tmp/sshd/$month_sshd"
		month_host_key "$month_sshd"
	done
	while read -r month_host month_days month_time; do
		month_on "$month_host" \
		    >>"$tmp/sshd/$(month_at "$month_host")/addresses"
	done <"$tmp/hosts"
	at_exit sshd_down_all
	month_seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	for month_i in 1 2 3 4 5 6 7 8; do
		SSHD_PORT=$((20000 + (month_seed + month_i * 997) % 12000))
		sshd_up_all && return
		sshd_down_all
	done
	cat "$tmp/sshd"/*/log >&2
	fail "no sshd starts"
}

# month_policy: write $tmp/policy.cfg, with the host keys as they are.
month_policy() {
	exec 3>"$tmp/policy.cfg"
	chmod 600 "$tmp/policy.cfg"
	cat >&3 <<-END
	policy_version = 1;
	office = { name = "month"; timezone = "Europe/Berlin"; };
	defaults = { schedule = { max_parallel = 4; catch_up = "once";
	  retry = { times = 2; first = "5 min"; factor = 2.0; max = "1 h"; };
	  }; };
	targets = ( { name = "t"; type = "dir"; role = "primary";
	  path = "$tmp/target"; } );
	sets = {
	END
	while read -r month_host month_days month_time; do
		echo "s-$month_host = { paths = [ \"$tmp/src/$month_host\" ]; };"
	done <"$tmp/hosts" >&3
	echo '}; hosts = (' >&3
	month_comma=
	while read -r month_host month_days month_time; do
		month_sshd=$tmp/sshd/$(month_at "$month_host")
		[ "$month_days" != daily ] || month_days=
		cat >&3 <<-END
		$month_comma{ name = "$month_host"; sets = [ "s-$month_host" ];
		  address = "$(month_on "$month_host")"; port = $SSHD_PORT;
		  user = "$(id -un)"; identity = "$tmp/ids/$month_host";
		  host_key = [ "$(cat "$month_sshd/host_ed25519.pub")" ];
		  schedule = { calendar = [ "${month_days:+$month_days }$month_time" ]; }; }
		END
		month_comma=', '
	done <"$tmp/hosts"
	echo ');' >&3
	exec 3>&-
}

# month_begin TIME: start the daemon, whose clock stands there.
month_begin() {
	told begin "$1"
	daemon_start --state "$tmp/state" --simulate "$1"
}

# month_end: stop it, in order.
month_end() {
	expect 0 ctl stop
	daemon_gone 0
	told end
}

# arrive TIME: let that time come.
arrive() {
	expect 0 ctl clock --until "$1"
	told until "$1"
}

# jump TIME: set the clock.
jump() {
	expect 0 ctl clock --set "$1"
	has "$tmp/daemon.log" "the clock was set"
	told set "$1"
}

# today DAY: on each host, somebody writes a file.
today() {
	while read -r month_host month_days month_time; do
		echo "$1" 2>/dev/null >"$tmp/src/$month_host/today"
	done <"$tmp/hosts"
	told wrote "$1"
}

# days FIRST LAST: live from noon to noon, to that of the last.
days() {
	month_day=$1
	while [ "$month_day" -le "$2" ]; do
		month_date=$(printf '2027-03-%02d' "$month_day")
		arrive "$month_date 12:00"
		today "$month_date"
		month_day=$((month_day + 1))
	done
}

# nap DAY: a day until evening, with a host that is off over noon.
nap() {
	month_date=$(printf '2027-03-%02d' "$1")
	arrive "$month_date 10:00"
	sshd_down asleep
	told fault asleep 7
	days "$1" "$1"
	arrive "$month_date 13:00"
	sshd_up asleep || fail "sshd does not start again"
	told well asleep
	arrive "$month_date 18:00"
}

# family PID...: them and all that have come from them.
family() {
	ps -e -o pid= -o ppid= | awk -v roots="$*" '
	    BEGIN { n = split(roots, r, " "); while (n) in_it[r[n--]] = 1 }
	    { parent[$1] = $2 }
	    END {
		do {
			more = 0
			for (p in parent)
				if (!(p in in_it) && parent[p] in in_it)
					in_it[p] = more = 1
		} while (more)
		for (p in in_it)
			print p
	    }'
}

# everything: the process ids of daemon, workers, sshds and agents.
everything() {
	# shellcheck disable=SC2046 # one word each
	family "${daemon:?}" $(cat "$tmp"/sshd/*/pid)
}

# middle: go on until two jobs are in their middle, at 14:00 of the day at
# whose noon it is, and a third has just ended.
middle() {
	: >"$tmp/hold"
	rm -f "$tmp"/held.*
	for month_host in slow1 slow2; do
		head -c 200000 /dev/urandom >"$tmp/src/$month_host/large"
		told fault $month_host interrupted
	done
	month_lines=$(wc -l <"$tmp/daemon.log")
	ctl clock --until "$month_date 14:00" >"$tmp/way" 2>&1 &
	month_way=$!
	daemon_until "two jobs in their middle" '[ -e "$tmp/held.slow1" ] &&
	    [ -e "$tmp/held.slow2" ]'
	daemon_until "the end of a third" 'tail -n "+$month_lines" \
	    "$tmp/daemon.log" | grep -q "quick/s-quick: complete"'
	expect 0 ctl status
	has "$tmp/out" "2 jobs run"
	told until "$month_date 14:00"
}

# freeze: stop everything, so that nothing sees another one's end.
freeze() {
	everything >"$tmp/frozen"
	xargs kill -STOP <"$tmp/frozen" 2>/dev/null
}

# kill_all: kill -9 of everything.
kill_all() {
	[ -e "$tmp/frozen" ] || freeze
	xargs kill -KILL <"$tmp/frozen" 2>/dev/null
	rm "$tmp/frozen"
	daemon_gone 137
	sshd_down_all
	month_code=0
	wait "$month_way" || month_code=$?
	[ "$month_code" -eq 7 ] || fail "the way ended with $month_code"
	rm "$tmp/hold"
	told well slow1
	told well slow2
}

# month_back TIME: all begins again.
month_back() {
	sshd_up_all || fail "sshd does not start again"
	month_begin "$1"
}

# same_copy FILE COPY: true if it is one of a single moment.
same_copy() {
	cp --sparse=always "$1" "$2" && cmp -s "$1" "$2"
}

# unmount DIR: what was killed may need a moment to let go of it.
unmount() {
	unmount_try=0
	until umount "$1" 2>/dev/null; do
		unmount_try=$((unmount_try + 1))
		[ "$unmount_try" -lt 100 ] || fail "umount $1: it is in use"
		sleep 0.1
	done
}

# power_cut: what had not reached the disk is lost.  The image is copied at one
# moment: by reflink where that is possible, else while everything is stopped.
# What the kernel still holds back is not in the copy.
power_cut() {
	if [ -z "$month_image" ]; then
		say "LEFT OUT: the power cut is a crash without one"
	elif cp --reflink=always "$tmp/image" "$tmp/cut" 2>/dev/null; then
		say "the image is copied by reflink"
	else
		freeze
		daemon_until "a quiet disk" 'same_copy "$tmp/image" "$tmp/cut"'
	fi
	kill_all
	[ -n "$month_image" ] || return 0
	unmount "$tmp/target"
	unmount "$tmp/disk"
	mv "$tmp/cut" "$tmp/image"
	mount -o loop "$tmp/image" "$tmp/disk" || fail "mount"
	target_back
}

# agree: status, catalog and repository are as the timeline has it.
agree() {
	expect 0 ctl --json status
	cp "$tmp/out" "$tmp/status.json"
	expect 0 ctl --json job list --limit 0 --state "$tmp/state"
	cp "$tmp/out" "$tmp/jobs.json"
	expect 0 "${restore:?}" --json --repo "$tmp/target" --key "${key:?}" list
	cp "$tmp/out" "$tmp/snapshots.json"
	python3 "${top_srcdir:?}/tests/lib/month.py" "$tmp/hosts" \
	    "$tmp/timeline" "$tmp/jobs.json" "$tmp/status.json" \
	    "$tmp/snapshots.json" >"$tmp/todays" || fail "they do not agree"
	expect 0 ctl catalog check --state "$tmp/state"
	expect 0 "$restore" --repo "$tmp/target" --key "$key" verify --full
}
