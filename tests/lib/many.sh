# many.sh: a policy of many hosts, for measures of the daemon; to be sourced.
# shellcheck shell=sh

# many_policy N DIRECTORY: print a policy of N hosts of two groups and two
# sets, none of which is there, whose repository would be in DIRECTORY.
many_policy() {
	printf 'policy_version = 1;\n'
	printf 'office = { name = "many"; timezone = "Asia/Ho_Chi_Minh"; };\n'
	printf 'defaults = { sets = [ "documents", "system" ];\n'
	printf '\tschedule = { calendar = [ "Mon..Fri 20:00" ];\n'
	printf '\t\twindow = [ "Mon..Fri 19:00-06:00" ];'
	printf ' jitter = "20 min"; rpo = "36 h"; }; };\n'
	printf 'sets = { documents = { paths = [ "/srv" ]; };\n'
	printf '\tsystem = { paths = [ "/etc" ]; exclude = [ "*.tmp" ]; }; };\n'
	printf 'groups = { left = { }; right = { schedule = {'
	printf ' calendar = [ "*-*-* 02:00" ]; window = [ "always" ]; }; }; };\n'
	printf 'targets = ( { name = "disk"; role = "primary"; type = "dir";'
	printf ' path = "%s"; } );\n' "$2"
	awk -v n="$1" 'BEGIN {
		key = "AAAAC3NzaC1lZDI1NTE5AAAAIA"
		printf "hosts = (\n"
		for (i = 1; i <= n; i++) {
			printf "  { name = \"host-%05d\"; group = \"%s\";\n" \
			    "    address = \"10.%d.%d.%d\"; user = \"backup\";\n" \
			    "    identity = \"keys/id\"; host_key = [\n" \
			    "    \"ssh-ed25519 %s%042d\" ]; }%s\n", i,
			    i % 2 ? "left" : "right", int(i / 65536),
			    int(i / 256) % 256, i % 256, key, i,
			    i < n ? "," : ""
		}
		printf ");\n"
	}'
}
