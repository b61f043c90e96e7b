# tools.sh: how each tool is used; to be read by run.
# shellcheck shell=bash disable=SC2034,SC2154
#
# For each: _version, _init (not measured), _backup NAME, _restore first|last
# and _verify, which return whether that went well.  $repo and $state are
# directories of the tool's own.  Restoring and verifying happen where the
# repository is, for all; $restored is where the tree then stands below $out.

tools_all=kho,kho-delta,borg,restic,rdiff-backup,rsync,rsync-z

# tools_of SET: those that take part.
tools_of() {
	if [ "$1" = nights ]; then
		echo "${nights_tools//,/ }"
	else
		echo "${tools//,/ }"
	fi
}

# tools_room TOOL...: what their repositories of $set take, in per cent of it.
tools_room() {
	tools_percent=0
	for tool; do
		case $tool,$set in
		r*sync*,* | rdiff*,* | *,debs) tools_add=120 ;;
		*,nights) tools_add=$((40 * data_nights)) ;;
		*) tools_add=45 ;;
		esac
		tools_percent=$((tools_percent + tools_add))
	done
	echo "$tools_percent"
}

# tools_here: take no part in what is not installed.
tools_here() {
	tools_named=$tools tools=
	for tool in ${tools_named//,/ }; do
		if command -v "${tool%-z}" >/dev/null ||
		    [ "${tool%-delta}" = kho ]; then
			tools=$tools${tools:+,}$tool
			continue
		fi
		say "$tool is not installed: it takes no part"
		nights_tools=$(echo ",$nights_tools," |
			sed "s/,$tool,/,/; s/^,//; s/,\$//")
	done
	[ -n "$tools" ] || fail "no tool is here"
}

# quietly COMMAND...: not measured; its words only if it fails.
quietly() {
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		return 1
	}
}

# ---- Kho pulls: backupd on the server, its agent on the source ----

kho_version() {
	"$build/backupd/backupd" --version | head -n 1
}

kho_init() {
	cat >"$state/policy.cfg" <<-END
	policy_version = 1;
	${1:-}
	sets = { s = { paths = [ "$live/tree" ]; }; };
	hosts = ( { name = "h"; address = "$net_source"; port = $net_port;
	  user = "$(id -un)"; identity = "$net_dir/agent"; sets = [ "s" ];
	  host_key = [ "$(cat "$net_dir/host.pub")" ]; } );
	targets = ( { name = "t"; type = "dir"; role = "primary";
	  path = "$repo"; } );
	END
	chmod 600 "$state/policy.cfg"
	quietly "$build/backupctl/backupctl" -c "$state/policy.cfg" \
	    target init t
}

kho_backup() {
	measure server "$build/backupd/backupd" -c "$state/policy.cfg" --once
}

kho_restore_program() {
	measure server "$build/restore/restore" --repo "$repo" \
	    --key "$state/keys/t.key" "$@"
}

# kho_oldest: the id of the first snapshot.
kho_oldest() {
	"$build/restore/restore" --repo "$repo" --key "$state/keys/t.key" \
	    --json list | python3 -c '
import json, sys
print(min(json.load(sys.stdin)["data"]["snapshots"],
          key=lambda s: s["sequence"])["snapshot"])'
}

kho_restore() {
	restored=/new$live/tree
	kho_snapshot=latest
	[ "$1" = last ] || kho_snapshot=$(kho_oldest) || return 1
	kho_restore_program run "$kho_snapshot" --to "$out/new"
}

kho_verify() {
	kho_restore_program verify --full
}

# The same, with deltas whatever the link is like.
kho_delta_version() { kho_version; }
kho_delta_init() { kho_init 'defaults = { delta = "always"; };'; }
kho_delta_backup() { kho_backup "$@"; }
kho_delta_restore() { kho_restore "$@"; }
kho_delta_verify() { kho_verify "$@"; }

# ---- borg pushes to "borg serve" ----

borg_version() {
	borg --version
}

borg_init() {
	export BORG_PASSPHRASE=bench BORG_RSH=$net_rsh BORG_BASE_DIR=$state
	export BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
	quietly borg init -e repokey-blake2 "$repo"
}

borg_backup() {
	borg_last=$1
	measure source borg create --compression zstd,3 \
	    "ssh://server$repo::$1" "$live/tree"
}

borg_restore() {
	restored=$live/tree
	borg_name=first
	[ "$1" = first ] || borg_name=$borg_last
	cd "$out" || return 1
	measure server borg extract "$repo::$borg_name"
	borg_status=$?
	cd / && return "$borg_status"
}

borg_verify() {
	measure server borg check --verify-data "$repo"
}

# ---- restic pushes by SFTP ----

restic_version() {
	restic version
}

restic_init() {
	export RESTIC_PASSWORD=bench RESTIC_CACHE_DIR=$state
	export RESTIC_PROGRESS_FPS=0.1
	quietly restic -r "$repo" init
}

restic_backup() {
	restic_last=$1
	measure source restic -o "sftp.command=$net_rsh server -s sftp" \
	    -r "sftp:server:$repo" backup --compression auto --tag "$1" \
	    "$live/tree"
}

restic_restore() {
	restored=$live/tree
	restic_tag=first
	[ "$1" = first ] || restic_tag=$restic_last
	measure server restic -r "$repo" restore latest --tag "$restic_tag" \
	    --target "$out"
}

restic_verify() {
	measure server restic -r "$repo" check --read-data
}

# ---- rdiff-backup pulls a mirror and keeps deltas back to what was ----

rdiff_backup_version() {
	rdiff-backup --version
}

rdiff_backup_init() {
	rdiff_copies=0
}

rdiff_backup_backup() {
	rdiff_copies=$((rdiff_copies + 1))
	measure server rdiff-backup --remote-schema \
	    "$net_rsh {h} rdiff-backup server" \
	    backup "source::$live/tree" "$repo/tree"
}

rdiff_backup_restore() {
	restored=/new
	rdiff_back=0
	[ "$1" = last ] || rdiff_back=$((rdiff_copies - 1))
	measure server rdiff-backup restore --at "${rdiff_back}B" \
	    "$repo/tree" "$out/new"
}

rdiff_backup_verify() {
	measure server rdiff-backup verify "$repo/tree"
}

# ---- rsync pulls a mirror; it keeps no history and verifies nothing ----

rsync_version() {
	rsync --version | head -n 1
}

rsync_init() {
	mkdir "$repo/tree"
}

rsync_backup() {
	measure server rsync -aH --delete ${2:+"$2"} -e "$net_rsh" \
	    "source:$live/tree/" "$repo/tree/"
}

rsync_restore() {
	restored=/tree
	[ "$1" = last ] || return 1
	measure server rsync -aH "$repo/tree" "$out/"
}

rsync_verify() {
	:
}

rsync_z_version() { rsync_version; }
rsync_z_init() { rsync_init; }
rsync_z_backup() { rsync_backup "$1" -z; }
rsync_z_restore() { rsync_restore "$@"; }
rsync_z_verify() { :; }

# ---- duplicity pushes archives and deltas to them by SFTP; it does not
# encrypt here, as that would leave a gpg-agent running ----

duplicity_version() {
	duplicity --version
}

duplicity_init() {
	duplicity_options=(--archive-dir "$state" --no-encryption
	    --ssh-options "-F$net_dir/config")
}

duplicity_backup() {
	measure source duplicity "${duplicity_options[@]}" \
	    "$live/tree" "pexpect+sftp://server/$repo"
}

duplicity_restore() {
	restored=/new
	[ "$1" = last ] || return 1
	measure server duplicity restore "${duplicity_options[@]}" \
	    "file://$repo" "$out/new"
}

duplicity_verify() {
	measure server duplicity verify "${duplicity_options[@]}" \
	    --compare-data "file://$repo" "$live/tree"
}
