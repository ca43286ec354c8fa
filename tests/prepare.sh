# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by the scripts beside it: goes to the top of the source tree and installs what is missing.

cd "$(dirname "$0")/.."

say () {
  printf '\n\033[1m%s\033[0m\n' "$*"
}

die () {
  echo "$0: $*" >&2
  exit 1
}

BUILD_PACKAGES="gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev libjson-glib-dev libnl-3-dev libnl-route-3-dev libmnl-dev libnftnl-dev"
# What the bindings for other languages and the reference need.
BINDING_PACKAGES="gobject-introspection libgirepository1.0-dev valac gi-docgen python3-gi gir1.2-glib-2.0"
# What the examples use besides.
EXAMPLE_PACKAGES="bash-completion bubblewrap busybox containernetworking-plugins crun fish iproute2 iptables mandoc
  nftables runc systemd util-linux zsh"

# install_packages PACKAGE...: those that are not there yet, by apt, after saying which.
install_packages () {
  missing=
  for package in "$@"; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
      missing="$missing $package"
    fi
  done
  [ -z "$missing" ] && return 0
  command -v apt-get >/dev/null || die "please install:$missing"

  say "Installing from the distribution:$missing"
  root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "run this as root, or install sudo"
    root=sudo
  fi
  # The lists of packages may be absent or old.
  $root env DEBIAN_FRONTEND=noninteractive sh -ec '
    apt-get update -q -q
    apt-get install -q -q -y --no-install-recommends "$@" >/dev/null' sh $missing
}

# build DIRECTORY [MESON_OPTION...]
build () {
  directory=$1
  shift
  say "Building in $directory/"
  if [ -e "$directory/build.ninja" ]; then
    meson configure "$directory" "$@" >/dev/null
  else
    meson setup "$directory" "$@" >/dev/null
  fi
  ninja -C "$directory" --quiet
}
