/* main.c: backupctl, the officer's hand. */
#include "backupctl/command.h"

static const struct cli_option policy_keys_options[] = {
	{ "man", 0, NULL, "print them as text of the manual page" },
	{ NULL, 0, NULL, NULL }
};

static const struct cli_command commands[] = {
	{ "policy test", "[FILE]", "check a policy file and tell every mistake",
	    NULL, 0, 1, command_policy_test },
	{ "policy explain", "CODE|KEY",
	    "tell what an error code or a key means",
	    NULL, 1, 1, command_policy_explain },
	{ "policy keys", "", "list every key that a policy may hold",
	    policy_keys_options, 0, 0, command_policy_keys },
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
	return cli_main(&program, argc, argv);
}
