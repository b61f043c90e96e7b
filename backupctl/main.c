/* main.c: backupctl, the officer's hand. */
#include "backupctl/command.h"
#include "store/store.h"

static const struct cli_option policy_keys_options[] = {
	{ "man", 0, NULL, "print them as text of the manual page" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option policy_show_options[] = {
	{ "explain", 0, NULL, "add the line that said each value" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option key_options[] = {
	{ "key", 0, "FILE",
	    "open the repository with this key; - asks for it" },
	{ NULL, 0, NULL, NULL }
};

#define KEY_OPTIONS \
	{ "target", 0, "NAME", "of this target, instead of the primary" }, \
	{ "key", 0, "FILE", \
	    "open the repository with this key; - asks for it" }

static const struct cli_option snap_pins_options[] = {
	KEY_OPTIONS,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option snap_unpin_options[] = {
	{ "reason", 0, "TEXT", "why, for those who come after" },
	KEY_OPTIONS,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option snap_pin_options[] = {
	{ "until", 0, "TIME", "up to then; else until snap unpin" },
	{ "reason", 0, "TEXT", "why, for those who come after" },
	KEY_OPTIONS,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option key_add_options[] = {
	{ "key", 0, "FILE",
	    "open the repository with this key; - asks for it" },
	{ "passphrase", 0, NULL, "add a passphrase, asked for twice" },
	{ "passphrase-file", 0, "FILE",
	    "add the passphrase in the first line of this file" },
	{ "recovery", 0, NULL, "add a recovery key and print it for paper" },
	{ "host", 0, "FILE", "add a server and write its key file" },
	{ "label", 0, "TEXT", "what key list shows for it" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option when_options[] = {
	{ "days", 0, "N", "so many days, 1 to 366; 7 if not given" },
	{ "from", 0, "DATE", "from the start of this day, not from now" },
	{ NULL, 0, NULL, NULL }
};

#define SOCKET_OPTION \
	{ "socket", 0, "FILE", "ask the daemon that listens there" }

#define STATE_OPTION \
	{ "state", 0, "DIR", "where backupd keeps the catalog" }

static const struct cli_option state_options[] = {
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option job_list_options[] = {
	{ "copies", 0, NULL, "copies of targets, or of one, instead of jobs" },
	{ "limit", 0, "N", "so many of the latest; 0 shows all" },
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option job_log_options[] = {
	{ "follow", 'f', NULL, "of one that runs: stay until it has ended" },
	SOCKET_OPTION,
	{ "problems", 0, NULL, "only the files with a problem" },
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option target_sync_options[] = {
	{ "dry-run", 'n', NULL, "tell what would be copied, and copy nothing" },
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option target_eject_options[] = {
	{ "unmount", 0, NULL, "unmount it, too" },
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option target_heal_options[] = {
	{ "apply", 0, NULL, "replace what can be; else only tell" },
	{ "from", 0, "OTHER", "take it from this target; else from any" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option snap_list_options[] = {
	{ "since", 0, "TIME", "only those begun then or later" },
	{ "until", 0, "TIME", "only those begun before" },
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option verify_options[] = {
	{ "target", 0, "NAME", "this one, not the primary" },
	{ "sample", 0, "N%", "read so many of the packs whole, by chance" },
	{ "full", 0, NULL, "read every byte" },
	{ "key", 0, "FILE",
	    "open the repository with this key; - asks for it" },
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option rebuild_options[] = {
	{ "key", 0, "FILE",
	    "open the repository with this key; - asks for it" },
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option daemon_options[] = {
	SOCKET_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option clock_options[] = {
	{ "until", 0, "TIME", "go on until then, doing what is planned" },
	{ "set", 0, "TIME", "jump to then, as if the clock was set" },
	SOCKET_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option status_options[] = {
	{ "all", 0, NULL, "show those that are well, too" },
	{ "watch", 0, NULL, "stay, and show what changes" },
	SOCKET_OPTION,
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option check_options[] = {
	{ "nagios", 0, NULL, "one line and an exit code for Nagios" },
	SOCKET_OPTION,
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option doctor_options[] = {
	SOCKET_OPTION,
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option metrics_options[] = {
	{ "output", 0, "FILE", "put them in place of this file" },
	SOCKET_OPTION,
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

#define DRY_OPTION \
	{ "dry-run", 'n', NULL, "change nothing, show what would be" }
#define HOST_KEY_OPTIONS \
	{ "host-code", 0, "CODE", "the code read off the host" }, \
	{ "host-key", 0, "KEY", "the host's public key, from the host itself" }
#define INSTALL_OPTIONS \
	{ "root", 0, "DIR", "what may be read there, again for more" }, \
	{ "install", 0, NULL, "put agent and line there by SFTP and SSH" }, \
	{ "install-user", 0, "USER", "with this login" }, \
	{ "install-key", 0, "FILE", "and this private key" }, \
	{ "agent", 0, "FILE", "the agent to put there" }, \
	{ "agent-path", 0, "FILE", "where the agent is there" }, \
	{ "authorized-keys", 0, "FILE", "where keys are there" }, \
	{ "no-test", 0, NULL, "do not try whether it works" }

static const struct cli_option host_add_options[] = {
	{ "group", 0, "GROUP", "the group that it belongs to" },
	{ "port", 0, "PORT", "where its sshd listens; 22" },
	{ "user", 0, "USER", "login name there" },
	{ "set", 0, "SET", "a set to save, again for more" },
	{ "no-agent", 0, NULL, "nothing is installed there: read over SFTP" },
	HOST_KEY_OPTIONS,
	INSTALL_OPTIONS,
	DRY_OPTION,
	SOCKET_OPTION,
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option host_rekey_options[] = {
	{ "client-key", 0, NULL, "make a new key of ours for the host" },
	HOST_KEY_OPTIONS,
	INSTALL_OPTIONS,
	DRY_OPTION,
	SOCKET_OPTION,
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option host_pause_options[] = {
	{ "until", 0, "TIME", "until then; else until host resume" },
	{ "reason", 0, "TEXT", "why, for status to show" },
	SOCKET_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option host_retire_options[] = {
	DRY_OPTION,
	SOCKET_OPTION,
	STATE_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_option run_options[] = {
	{ "all", 0, NULL, "every host that is enabled" },
	{ "set", 0, "SET", "only this set of each host" },
	{ "detach", 0, NULL, "do not wait for the jobs' ends" },
	{ "dry-run", 'n', NULL, "tell what would be read, and write nothing" },
	{ "force", 0, NULL, "even if the host is paused" },
	SOCKET_OPTION,
	{ NULL, 0, NULL, NULL }
};

static const struct cli_command commands[] = {
	{ "status", "[HOST|@GROUP]", "tell how things stand and what to do",
	    status_options, 0, 1, command_status },
	{ "check", "[HOST|@GROUP]", "tell in one line whether all is well",
	    check_options, 0, 1, command_check },
	{ "doctor", "", "look whether this server is fit to make backups",
	    doctor_options, 0, 0, command_doctor },
	{ "metrics", "", "print how things stand, for Prometheus",
	    metrics_options, 0, 0, command_metrics },
	{ "run", "[HOST[/SET]|@GROUP...]", "have backupd run jobs now",
	    run_options, 0, -1, command_run },
	{ "job cancel", "ID|HOST/SET", "give up a job that runs or waits",
	    daemon_options, 1, 1, command_job_cancel },
	{ "reload", "", "have backupd read its policy anew",
	    daemon_options, 0, 0, command_reload },
	{ "stop", "", "end backupd, after the jobs that run",
	    daemon_options, 0, 0, command_stop },
	{ "clock", "", "tell or move the clock of a rehearsal",
	    clock_options, 0, 0, command_clock },
	{ "job list", "[HOST[/SET]]", "list the latest jobs",
	    job_list_options, 0, 1, command_job_list },
	{ "job show", "ID", "tell all that is known of a job",
	    state_options, 1, 1, command_job_show },
	{ "job log", "ID", "tell how a job went and what had a problem",
	    job_log_options, 1, 1, command_job_log },
	{ "snap list", "HOST", "list the snapshots of a host",
	    snap_list_options, 1, 1, command_snap_list },
	{ "snap diff", "A B [PATH]", "tell what differs between two snapshots",
	    snap_pins_options, 2, 3, command_snap_diff },
	{ "snap pin", "SNAPSHOT|HOST[/SET]", "keep a snapshot, whatever"
	    " retention says", snap_pin_options, 1, 1, command_snap_pin },
	{ "snap unpin", "SNAPSHOT|HOST[/SET]", "let retention decide again",
	    snap_unpin_options, 1, 1, command_snap_unpin },
	{ "snap pins", "", "list the snapshots that are pinned",
	    snap_pins_options, 0, 0, command_snap_pins },
	{ "host add", "NAME ADDRESS", "put a host into the policy",
	    host_add_options, 2, 2, command_host_add },
	{ "host test", "NAME", "see whether a host can be backed up",
	    state_options, 1, 1, command_host_test },
	{ "host rekey", "NAME", "pin another key of a host, or make a new one"
	    " of ours", host_rekey_options, 1, 1, command_host_rekey },
	{ "host pause", "NAME|@GROUP...", "plan no jobs of hosts for a while",
	    host_pause_options, 1, -1, command_host_pause },
	{ "host resume", "NAME|@GROUP...", "end a pause",
	    daemon_options, 1, -1, command_host_resume },
	{ "host retire", "NAME", "take a host out; its history stays",
	    host_retire_options, 1, 1, command_host_retire },
	{ "host list", "", "list which key was used on which host, and when",
	    state_options, 0, 0, command_host_list },
	{ "verify", "", "read a target back and check it",
	    verify_options, 0, 0, command_verify },
	{ "target list", "", "list the targets and how they are",
	    state_options, 0, 0, command_target_list },
	{ "target test", "[NAME]", "try whether a target can be written to",
	    key_options, 0, 1, command_target_test },
	{ "target sync", "[NAME...]", "bring copies up to date now",
	    target_sync_options, 0, -1, command_target_sync },
	{ "target heal", "NAME",
	    "find damaged objects, and replace them by those of a copy",
	    target_heal_options, 1, 1, command_target_heal },
	{ "target attach", "NAME [PATH]",
	    "recognise the disk that was plugged in",
	    state_options, 1, 2, command_target_attach },
	{ "target eject", "NAME", "let a disk go, after the copy that runs",
	    target_eject_options, 1, 1, command_target_eject },
	{ "posture", "[HOST]",
	    "tell whether each source has the copies it should have",
	    state_options, 0, 1, command_posture },
	{ "target usage", "[NAME]", "tell how full the targets were",
	    state_options, 0, 1, command_target_usage },
	{ "catalog check", "", "check the catalog of jobs from end to end",
	    state_options, 0, 0, command_catalog_check },
	{ "catalog rebuild", "[TARGET]",
	    "make the catalog agree with the repository",
	    rebuild_options, 0, 1, command_catalog_rebuild },
	{ "target init", "NAME",
	    "make the repository of a target, its key file and recovery key",
	    NULL, 1, 1, command_target_init },
	{ "key list", "NAME", "list what opens the repository of a target",
	    key_options, 1, 1, command_key_list },
	{ "key add", "NAME", "add a way to open the repository of a target",
	    key_add_options, 1, 1, command_key_add },
	{ "key remove", "NAME ID",
	    "remove a way to open the repository of a target",
	    key_options, 2, 2, command_key_remove },
	{ "policy test", "[FILE]",
	    "check a policy file and tell every mistake",
	    NULL, 0, 1, command_policy_test },
	{ "policy explain", "CODE|KEY",
	    "tell what an error code or a key means",
	    NULL, 1, 1, command_policy_explain },
	{ "policy keys", "", "list every key that a policy may hold",
	    policy_keys_options, 0, 0, command_policy_keys },
	{ "policy show", "[HOST]",
	    "show what holds for a host; without one, list the hosts",
	    policy_show_options, 0, 1, command_policy_show },
	{ "policy edit", "", "edit the policy; only a valid one is saved",
	    NULL, 0, 0, command_policy_edit },
	{ "policy sample", "", "print a policy with every key",
	    NULL, 0, 0, command_policy_sample },
	{ "completion", "SHELL", "print what completes commands in bash",
	    NULL, 1, 1, command_completion },
	{ "when", "[CALENDAR]",
	    "list the coming runs, or the next five of a calendar",
	    when_options, 0, 3, command_when },
	{ .name = NULL }
};

static const struct cli_program program = {
	.name = "backupctl",
	.help = "look after the backups of a server",
	.config = POLICY_FILE,
	.commands = commands
};

int
main(int argc, char **argv)
{
	store_remote_main(argc, argv);
	return cli_main(&program, argc, argv);
}
