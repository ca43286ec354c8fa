#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is special about this backend, on a host of the test's own: run it from `meson test`.
set -eu

if [ "${1-}" != --inside ]; then
  user=$([ "$(id -u)" = 0 ] || echo --user --map-root-user)
  # shellcheck disable=SC2086
  exec unshare $user --net --mount --propagation private "$0" --inside
fi

mount -t tmpfs tmpfs /run
mkdir -p /run/fairlead/networks.d /run/user/0
chmod 700 /run/user/0
export XDG_RUNTIME_DIR=/run/user/0 FAIRLEAD_CONFIG_DIR=/run/fairlead
cat >/run/fairlead/networks.d/lab.network <<NETWORK
[network]
backend=move

[move]
host-interface=lab0
addresses=192.0.2.2/24
gateway=192.0.2.1
NETWORK
ip link add lab0 type veth peer name lab1
ip address add 192.0.2.1/24 dev lab1
ip link set lab1 up

number=0
echo 1..5

# check NAME COMMAND...
check () {
  number=$((number + 1))
  name=$1
  shift
  if "$@" >&2; then echo "ok $number $name"; else echo "not ok $number $name"; fi
}

moves_and_answers () {
  fairlead setup c1 --network lab &&
    ! ip link show lab0 2>/dev/null &&
    fairlead exec c1 -- ip address show dev eth0 &&
    fairlead exec c1 -- ip route | grep -q 'default via 192.0.2.1' &&
    fairlead inspect c1 | grep -q '"HostInterface": "lab0"' &&
    busybox ping -c 1 -W 5 192.0.2.2
}

comes_back () {
  fairlead teardown c1 && ip link show lab0
}

has_one_owner () {
  fairlead setup c1 --network lab && fairlead setup c2 --network lab 2>&1 | grep 'no interface lab0' &&
    fairlead check c1 && fairlead teardown c1
}

refuses_a_used_interface () {
  ip address add 198.51.100.1/24 dev lab0
  fairlead setup c1 --network lab 2>&1 | grep 'address 198.51.100.1/24' && ip address show dev lab0 | grep 198.51.100.1
  result=$?
  ip address delete 198.51.100.1/24 dev lab0
  return $result
}

names_a_bad_key () {
  fairlead config check || return
  sed s/192.0.2.1$/router/ /run/fairlead/networks.d/lab.network >/run/fairlead/networks.d/bad.network
  fairlead config check 2>&1 | grep 'gateway: "router"'
  result=$?
  rm /run/fairlead/networks.d/bad.network
  fairlead setup c1 --network lab:addresses=192.0.2.300/24 2>&1 | grep 192.0.2.300 && return $result
}

check 'the interface moves in and answers' moves_and_answers
check 'teardown gives it back' comes_back
check 'one container at a time has it' has_one_owner
check 'an interface that the host uses is left alone' refuses_a_used_interface
check 'a bad key is named' names_a_bad_key
