# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library as a Python program sees it: properties, lists, errors, asynchronous calls, backends of its own."""

import os
import sys
import tempfile
import unittest

if os.environ.get('FAIRLEAD_TEST_INSIDE') is None:
    # A host of our own, for an ordinary user one in which he is root.
    os.environ['FAIRLEAD_TEST_INSIDE'] = '1'
    user = [] if os.geteuid() == 0 else ['--user', '--map-root-user']
    os.execvp('unshare', ['unshare', *user, '--net', '--mount', '--propagation', 'private', sys.executable, *sys.argv])

import gi

gi.require_version('Fairlead', '1')
from gi.repository import Fairlead, Gio, GLib, GObject


class Backend(Fairlead.Backend):
    """A backend in Python: it makes one file for each container."""

    directory = None

    def do_get_capabilities(self, network):
        return Fairlead.BackendCapabilities.BUILTIN_NETWORK | Fairlead.BackendCapabilities.UNPRIVILEGED

    def do_setup(self, attachment, cancellable):
        path = os.path.join(self.directory, attachment.props.container_id)
        attachment.set_document(GLib.Variant('a{sv}', {'path': GLib.Variant('s', path)}))
        attachment.checkpoint()
        if attachment.props.container_id == 'refused':
            raise GLib.Error.new_literal(Fairlead.error_quark(), 'not this one', Fairlead.Error.EXHAUSTED)
        open(path, 'x').close()
        attachment.set_dns(['192.0.2.1'], ['example.com'], None)
        return True

    def do_teardown(self, attachment, flags, cancellable):
        path = attachment.props.document.unpack().get('path')
        if path and os.path.exists(path):
            os.unlink(path)
        return True


class Test(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = self.directory.name
        self.config = Fairlead.Config(state_dir=self.path + '/state', netns_dir=self.path + '/netns',
                                      backend_dirs=os.environ['FAIRLEAD_BACKEND_PATH'].split(':'), lock_timeout=5)
        self.manager = Fairlead.Manager(config=self.config)

    def tearDown(self):
        self.assertEqual(len(self.manager.list_containers()), 0)
        netns = self.path + '/netns'
        if os.path.isdir(netns):
            self.assertEqual(os.listdir(netns), [])
            os.system('umount -l ' + netns)
        self.directory.cleanup()

    def add_backend(self):
        backend = Backend(name='python')
        backend.directory = self.path
        self.manager.add_backend(backend)

    def test_config(self):
        self.assertEqual(self.config.props.lock_timeout, 5)
        self.assertEqual(self.config.get_state_dir(), self.path + '/state')
        self.config.set('core', 'lock-timeout', '7')
        self.assertEqual(self.config.props.lock_timeout, 7)
        self.assertEqual(self.config.props.netns_dir, self.path + '/netns')
        default = Fairlead.Config()
        self.assertEqual(default.props.discover, ['cni'])
        self.assertEqual(default.props.backend_dirs, Fairlead.Config.new().props.backend_dirs)
        moved = Fairlead.Config(state_dir='/elsewhere')
        if os.geteuid() != 0:
            self.assertEqual(moved.props.netns_dir, '/elsewhere/netns')

    def test_life(self):
        request = Fairlead.Request(container_id='c1')
        request.add_network('none', None)
        container = self.manager.setup(request)
        self.assertEqual(container.props.state, Fairlead.State.READY)
        self.assertTrue(container.props.netns_path.startswith(self.path + '/netns/c1-'))
        self.assertEqual([a.props.network_name for a in container.props.attachments], ['none'])
        self.assertIs(self.manager.lookup_container('c1'), container)
        self.assertEqual([c.props.id for c in self.manager.list_containers()], ['c1'])
        inspected = self.manager.inspect('c1').unpack()
        self.assertEqual(inspected['Id'], 'c1')
        self.assertEqual(self.manager.stats('c1').props.total.props.rx_bytes, 0)
        states = []
        container.connect('notify::state', lambda *_: states.append(container.props.state))
        self.assertTrue(self.manager.teardown('c1', Fairlead.TeardownFlags.NONE))
        self.assertEqual(states[-1], Fairlead.State.GONE)

    def test_signals(self):
        events = []
        watcher = Fairlead.Manager(config=self.config)
        watcher.connect('container-added', lambda _, container: events.append('+' + container.props.id))
        watcher.connect('container-removed', lambda _, container: events.append('-' + container.props.id))
        watcher.start_watching()
        self.assertTrue(watcher.props.watching)
        request = Fairlead.Request(container_id='c6')
        request.add_network('none', None)
        container = self.manager.setup(request)
        monitor = Fairlead.NetnsMonitor.new(Fairlead.Netns.new_for_path(container.props.netns_path))
        links = []
        monitor.connect('link-changed', lambda _, interface, flags: links.append((interface.props.name, flags & 1)))
        os.system(f'nsenter --net={container.props.netns_path} ip link set lo down')
        while not links:
            GLib.MainContext.default().iteration(True)
        self.assertEqual(links[0], ('lo', 0))
        monitor.close()
        self.manager.teardown('c6', Fairlead.TeardownFlags.NONE)
        while len(events) < 2:
            GLib.MainContext.default().iteration(True)
        self.assertEqual(events, ['+c6', '-c6'])

    def test_errors(self):
        with self.assertRaises(GLib.Error) as caught:
            self.manager.lookup_container('nobody')
        self.assertTrue(caught.exception.matches(Fairlead.error_quark(), Fairlead.Error.NOT_FOUND))
        self.assertIn('nobody', caught.exception.message)
        with self.assertRaises(GLib.Error) as caught:
            Fairlead.PortMapping.new_from_string('80:')
        self.assertTrue(caught.exception.matches(Fairlead.error_quark(), Fairlead.Error.INVALID_ARGUMENT))

    def test_async(self):
        loop = GLib.MainLoop()
        results = []

        def on_teardown(manager, result):
            results.append(manager.teardown_finish(result))
            loop.quit()

        def on_setup(manager, result):
            container = manager.setup_finish(result)
            results.append(container.props.id)
            manager.teardown_async('c2', Fairlead.TeardownFlags.NONE, None, on_teardown)

        request = Fairlead.Request(container_id='c2')
        request.add_network('none', None)
        self.manager.setup_async(request, None, on_setup)
        loop.run()
        self.assertEqual(results, ['c2', True])

    def test_cancelled(self):
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        request = Fairlead.Request(container_id='c3')
        request.add_network('none', None)
        with self.assertRaises(GLib.Error) as caught:
            self.manager.setup(request, cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_backend(self):
        self.add_backend()
        request = Fairlead.Request(container_id='c4')
        request.add_network('python', None)
        container = self.manager.setup(request)
        self.assertTrue(os.path.exists(self.path + '/c4'))
        self.assertEqual(container.props.attachments[0].props.dns_servers, ['192.0.2.1'])
        self.manager.teardown('c4', Fairlead.TeardownFlags.NONE)
        self.assertFalse(os.path.exists(self.path + '/c4'))

    def test_backend_fails(self):
        self.add_backend()
        request = Fairlead.Request(container_id='refused')
        request.add_network('python', None)
        with self.assertRaises(GLib.Error) as caught:
            self.manager.setup(request)
        self.assertTrue(caught.exception.matches(Fairlead.error_quark(), Fairlead.Error.EXHAUSTED))
        self.assertIn('not this one', caught.exception.message)

    def test_ports(self):
        mapping = Fairlead.PortMapping.new_from_string('127.0.0.1:8080:80/udp')
        self.assertEqual(mapping.props.protocol, Fairlead.Protocol.UDP)
        self.assertEqual((mapping.props.host_port, mapping.props.container_port), (8080, 80))
        self.assertEqual(mapping.props.host_address.to_string(), '127.0.0.1')
        request = Fairlead.Request(container_id='c5')
        request.add_port_mapping(mapping)
        self.assertEqual([m.to_string() for m in request.props.port_mappings], ['127.0.0.1:8080:80/udp'])


class TapResult(unittest.TestResult):
    """Prints what meson's protocol 'tap' reads."""

    def report(self, test, ok, rest=''):
        print(f'{"ok" if ok else "not ok"} {self.testsRun} /fairlead/python/{test.id().split("_")[-1]}{rest}', flush=True)

    def addSuccess(self, test):
        self.report(test, True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        print(self.failures[-1][1], file=sys.stderr)
        self.report(test, False)

    def addError(self, test, err):
        super().addError(test, err)
        print(self.errors[-1][1], file=sys.stderr)
        self.report(test, False)


if __name__ == '__main__':
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Test)
    print(f'1..{suite.countTestCases()}', flush=True)
    sys.exit(not suite.run(TapResult()).wasSuccessful())
