/* command.h: the commands of backupctl, one function each. */
#ifndef BACKUPCTL_COMMAND_H
#define BACKUPCTL_COMMAND_H

#include <stdio.h>

#include "cli/options.h"

struct cli_json;
struct policy;
struct policy_report;
struct policy_target;
struct repo;
struct snapshot;
struct store;

/*
 * A command prints its answer (with --json in an envelope), tells its
 * failure and returns the exit code.
 */
enum cli_exit command_policy_test(struct cli *cli);
enum cli_exit command_policy_explain(struct cli *cli);
enum cli_exit command_policy_keys(struct cli *cli);
enum cli_exit command_policy_show(struct cli *cli);
enum cli_exit command_policy_edit(struct cli *cli);
enum cli_exit command_policy_sample(struct cli *cli);
enum cli_exit command_completion(struct cli *cli);
enum cli_exit command_target_init(struct cli *cli);
enum cli_exit command_key_list(struct cli *cli);
enum cli_exit command_key_add(struct cli *cli);
enum cli_exit command_key_remove(struct cli *cli);
enum cli_exit command_when(struct cli *cli);
enum cli_exit command_job_list(struct cli *cli);
enum cli_exit command_job_show(struct cli *cli);
enum cli_exit command_job_log(struct cli *cli);
enum cli_exit command_snap_list(struct cli *cli);
enum cli_exit command_snap_diff(struct cli *cli);
enum cli_exit command_snap_pin(struct cli *cli);
enum cli_exit command_snap_unpin(struct cli *cli);
enum cli_exit command_snap_pins(struct cli *cli);
enum cli_exit command_host_list(struct cli *cli);
enum cli_exit command_host_add(struct cli *cli);
enum cli_exit command_host_test(struct cli *cli);
enum cli_exit command_host_rekey(struct cli *cli);
enum cli_exit command_host_retire(struct cli *cli);
enum cli_exit command_host_pause(struct cli *cli);
enum cli_exit command_host_resume(struct cli *cli);
enum cli_exit command_target_list(struct cli *cli);
enum cli_exit command_target_test(struct cli *cli);
enum cli_exit command_target_sync(struct cli *cli);
enum cli_exit command_target_heal(struct cli *cli);
enum cli_exit command_target_attach(struct cli *cli);
enum cli_exit command_target_eject(struct cli *cli);
enum cli_exit command_posture(struct cli *cli);
enum cli_exit command_target_usage(struct cli *cli);
enum cli_exit command_catalog_check(struct cli *cli);
enum cli_exit command_catalog_rebuild(struct cli *cli);
enum cli_exit command_verify(struct cli *cli);
enum cli_exit command_status(struct cli *cli);
enum cli_exit command_check(struct cli *cli);
enum cli_exit command_metrics(struct cli *cli);
enum cli_exit command_doctor(struct cli *cli);
enum cli_exit command_run(struct cli *cli);
enum cli_exit command_job_cancel(struct cli *cli);
enum cli_exit command_reload(struct cli *cli);
enum cli_exit command_stop(struct cli *cli);
enum cli_exit command_clock(struct cli *cli);

/* The exit code for a result of policy_load. */
enum cli_exit command_policy_exit(int r);

/*
 * Load the policy that the command line names.  What is wrong with it is
 * told already unless CLI_EXIT_OK is returned; only then the caller owns
 * *pp.
 */
enum cli_exit command_load_policy(const struct cli *cli,
	    const struct policy **pp);

/*
 * Load the policy that the command line names and find the target of that
 * name in it, or its primary one if name is NULL.  What is wrong is told
 * already unless CLI_EXIT_OK is returned; only then the caller owns *pp.
 */
enum cli_exit command_find_target(const struct cli *cli, const char *name,
	    const struct policy **pp, const struct policy_target **tp);

/* A repository that a key command works on. */
struct opened {
	const struct policy *policy;
	const struct policy_target *target;
	struct store *store;
	struct repo *repo;
};

/*
 * Open the repository of the target, with the key in the file named by
 * --key, else with the target's key file, else with what is typed.  What
 * goes wrong is told.  command_close ends it in every case.
 */
enum cli_exit command_open(const struct cli *cli, const char *name,
	    struct opened *o);

/* The words of the command line, one a line; the caller's, NULL if there is
 * no memory. */
char	*command_names_join(const struct cli *cli);

/*
 * The snapshot that is meant by an id, the beginning of one, HOST or HOST/SET
 * (its latest).  What is wrong is told; the caller owns *snp only if
 * CLI_EXIT_OK is returned.
 */
enum cli_exit command_find_snapshot(const struct cli *cli, struct repo *r,
	    const char *name, struct snapshot **snp);

/* Close and free what is in o. */
void	 command_close(struct opened *o);

/* Add all diagnostics to j, as "errors" and "warnings". */
void	 command_report(struct cli_json *j,
	    const struct policy_report *report);

/*
 * An answer that is a text for another program: what print writes, or with
 * --json the same as the member "text".
 */
enum cli_exit command_text(const struct cli *cli,
	    void (*print)(FILE *f, const struct cli *cli));

/* Print j as the answer of cli and free it.  Returns code, unless printing
 * fails. */
enum cli_exit command_answer(const struct cli *cli, struct cli_json *j,
	    enum cli_exit code);

#endif /* BACKUPCTL_COMMAND_H */
