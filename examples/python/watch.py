#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sets a container up, watches what happens inside it, and tears it down.

    watch.py NETWORK [COMMAND...]

The command runs in the container's network (by `fairlead exec`); without one, it waits for Ctrl-C. Everything is
asynchronous: the main loop goes on meanwhile, as it would in a program with a window.
"""

import os
import signal
import sys

import gi

gi.require_version('Fairlead', '1')
from gi.repository import Fairlead, Gio, GLib


class Watch:
    def __init__(self, network, command):
        self.command = command
        self.status = 0
        self.loop = GLib.MainLoop()
        self.cancellable = Gio.Cancellable()
        self.monitor = None
        self.id = f'watch-{os.getpid()}'

        self.manager = Fairlead.Manager(config=Fairlead.Config.new_default())
        self.manager.connect('container-added', self.on_added)
        self.manager.connect('container-removed', self.on_removed)
        # From other programs too: `fairlead setup` in another terminal shows here.
        self.manager.start_watching()

        request = Fairlead.Request(container_id=self.id)
        request.add_network_from_string(network)
        self.manager.setup_async(request, self.cancellable, self.on_set_up)

        for number in (signal.SIGINT, signal.SIGTERM):
            GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, self.on_signal)

    def on_added(self, manager, container):
        print(f'added: {container.props.id}', flush=True)

    def on_removed(self, manager, container):
        print(f'removed: {container.props.id}', flush=True)

    def on_signal(self):
        self.cancellable.cancel()
        return GLib.SOURCE_CONTINUE

    def on_set_up(self, manager, result):
        try:
            container = manager.setup_finish(result)
        except GLib.Error as error:
            self.fail(error)
            return

        for attachment in container.props.attachments:
            names = [interface.props.name for interface in attachment.props.interfaces]
            print(f'network {attachment.props.network_name}: {", ".join(names)}', flush=True)

        self.monitor = Fairlead.NetnsMonitor.new(Fairlead.Netns.new_for_path(container.props.netns_path))
        self.monitor.connect('link-changed', self.on_link_changed)
        self.monitor.connect('address-added', self.on_address_added)
        if self.command:
            command = Gio.Subprocess.new(['fairlead', 'exec', self.id, '--', *self.command], Gio.SubprocessFlags.NONE)
            command.wait_async(self.cancellable, self.on_command_ended)
        else:
            self.cancellable.connect(lambda *_: GLib.idle_add(self.tear_down))

    def on_link_changed(self, monitor, interface, flags):
        print(f'link {interface.props.name}: mtu {interface.props.mtu}', flush=True)

    def on_address_added(self, monitor, address):
        print(f'address {address.to_string()} on {address.props.interface_name}', flush=True)

    def on_command_ended(self, command, result):
        try:
            command.wait_finish(result)
            self.status = command.get_exit_status() if command.get_if_exited() else 128 + command.get_term_sig()
        except GLib.Error:
            command.force_exit()
            command.wait()
            self.status = 1
        self.tear_down()

    def tear_down(self):
        print('received:', self.manager.stats(self.id).props.total.props.rx_bytes, 'bytes', flush=True)
        # The monitor keeps the namespace alive.
        self.monitor.close()
        self.manager.teardown_async(self.id, Fairlead.TeardownFlags.NONE, None, self.on_torn_down)

    def on_torn_down(self, manager, result):
        try:
            manager.teardown_finish(result)
        except GLib.Error as error:
            self.fail(error)
        self.loop.quit()

    def fail(self, error):
        if error.matches(Fairlead.error_quark(), Fairlead.Error.NOT_FOUND):
            print('there is no such network; `fairlead networks` lists those that there are', file=sys.stderr)
        print(f'watch: {error.message}', file=sys.stderr)
        self.status = 1
        self.loop.quit()

    def run(self):
        self.loop.run()
        return self.status


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit('usage: watch.py NETWORK [COMMAND...]')
    try:
        sys.exit(Watch(sys.argv[1], sys.argv[2:]).run())
    except GLib.Error as error:
        sys.exit(f'watch: {error.message}')
