# tools.sh: how each tool is used; to be read by run.
# shellcheck shell=bash disable=SC2034,SC2154
#
# For each: _version, _init (not measured), _backup STEP, _restore and
# _verify.  Restoring and verifying happen where the repository is, for all;
# $restored is where the tree then stands below $out.

# Kho pulls: backupd on the server, its agent on the source.
kho_version() {
	"$build/backupd/backupd" --version | head -n 1
}

kho_init() {
	mkdir -p "$repo/kho"
	cat >"$work/policy.cfg" <<-END
	policy_version = 1;
	sets = { s = { paths = [ "$live/tree" ]; }; };
	hosts = ( { name = "h"; address = "$net_source"; port = $net_port;
	  user = "$(id -un)"; identity = "$net_dir/agent"; sets = [ "s" ];
	  host_key = [ "$(cat "$net_dir/host.pub")" ]; } );
	targets = ( { name = "t"; type = "dir"; role = "primary";
	  path = "$repo/kho"; } );
	END
	chmod 600 "$work/policy.cfg"
	rm -rf "$work/keys"
	kho_state=$work/state
	rm -rf "$kho_state"
	"$build/backupctl/backupctl" -c "$work/policy.cfg" target init t \
	    >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		fail "kho: target init"
	}
}

kho_backup() {
	measure "$1" server "$build/backupd/backupd" -c "$work/policy.cfg" \
	    --once
}

kho_restore_program() {
	measure "$1" server "$build/restore/restore" --repo "$repo/kho" \
	    --key "$work/keys/t.key" "${@:2}"
}

kho_restore() {
	restored=/new$live/tree
	kho_restore_program restore run latest --to "$out/new"
}

kho_verify() {
	kho_restore_program verify verify --full
}

# borg pushes to "borg serve".
borg_version() {
	borg --version
}

borg_settings() {
	export BORG_PASSPHRASE=bench BORG_RSH=$net_rsh
	export BORG_BASE_DIR=$work/borg
	export BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
	borg_url=ssh://server$repo/borg
}

borg_init() {
	borg_settings
	rm -rf "$BORG_BASE_DIR"
	mkdir "$BORG_BASE_DIR"
	borg init -e repokey-blake2 "$repo/borg" >"$work/log" 2>&1 ||
		fail "borg init"
}

borg_backup() {
	measure "$1" source borg create --compression zstd,3 \
	    "$borg_url::$1" "$live/tree"
}

borg_restore() {
	restored=$live/tree
	cd "$out" || exit 1
	measure restore server borg extract "$repo/borg::changed"
	cd / || exit 1
}

borg_verify() {
	measure verify server borg check --verify-data "$repo/borg"
}

# restic pushes by SFTP.
restic_version() {
	restic version
}

restic_settings() {
	export RESTIC_PASSWORD=bench RESTIC_CACHE_DIR=$work/restic
	export RESTIC_PROGRESS_FPS=0.1
	restic_sftp="sftp.command=$net_rsh server -s sftp"
}

restic_init() {
	restic_settings
	rm -rf "$RESTIC_CACHE_DIR"
	restic -r "$repo/restic" init >"$work/log" 2>&1 ||
		fail "restic init"
}

restic_backup() {
	measure "$1" source restic -o "$restic_sftp" \
	    -r "sftp:server:$repo/restic" backup --compression auto \
	    "$live/tree"
}

restic_restore() {
	restored=$live/tree
	measure restore server restic -r "$repo/restic" restore latest \
	    --target "$out"
}

restic_verify() {
	measure verify server restic -r "$repo/restic" check --read-data
}

# rsync pulls a mirror; it keeps no history and has nothing to verify.
rsync_version() {
	rsync --version | head -n 1
}

rsync_init() {
	mkdir "$repo/tree"
}

rsync_backup() {
	measure "$1" server rsync -aH --delete -e "$net_rsh" \
	    "source:$live/tree/" "$repo/tree/"
}

rsync_restore() {
	restored=/tree
	measure restore server rsync -aH "$repo/tree" "$out/"
}

rsync_verify() {
	:
}
