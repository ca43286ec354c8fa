/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sets a container up, shows what it got, watches the link of a command inside it, and tears it down.
 *
 *   valac --pkg fairlead-1 life.vala          (with --disable-since-check too, until Fairlead is 1.0)
 *   ./life NETWORK COMMAND...
 */

async int live (Fairlead.Manager manager, string network, string[] command, Cancellable cancellable) throws Error {
    var request = new Fairlead.Request ("life-%08x".printf (Random.next_int ()));
    request.add_network_from_string (network);

    var container = yield manager.setup_async (request, cancellable);
    try {
        for (uint i = 0; i < container.attachments.get_n_items (); i++) {
            var attachment = (Fairlead.Attachment) container.attachments.get_item (i);
            print ("network %s by backend %s\n", attachment.network_name, attachment.backend_name);
        }

        var monitor = new Fairlead.NetnsMonitor (new Fairlead.Netns.for_path (container.netns_path));
        monitor.link_changed.connect ((link, flags) => print ("link %s: mtu %u\n", link.name, link.mtu));

        string[] argv = { "fairlead", "exec", container.id, "--" };
        foreach (unowned var word in command)
            argv += word;
        var process = new Subprocess.newv (argv, SubprocessFlags.NONE);
        try {
            yield process.wait_async (cancellable);
        } catch (IOError.CANCELLED e) {
            process.force_exit ();
            process.wait ();
            throw e;
        } finally {
            monitor.close ();
        }

        var stats = yield manager.stats_async (container.id, null);
        print ("received %s bytes\n", stats.total.rx_bytes.to_string ());
        return process.get_if_exited () ? process.get_exit_status () : 128 + process.get_term_sig ();
    } finally {
        try {
            yield manager.teardown_async (container.id, Fairlead.TeardownFlags.NONE, null);
        } catch (Error e) {
            printerr ("life: %s\n", e.message);
        }
    }
}

int main (string[] args) {
    if (args.length < 3) {
        printerr ("usage: life NETWORK COMMAND...\n");
        return 2;
    }

    var loop = new MainLoop ();
    var cancellable = new Cancellable ();
    var status = 1;
    Unix.signal_add (ProcessSignal.INT, () => {
        cancellable.cancel ();
        return Source.CONTINUE;
    });

    try {
        var manager = new Fairlead.Manager (new Fairlead.Config.default ());
        manager.container_added.connect (container => print ("added: %s\n", container.id));
        manager.container_removed.connect (container => print ("removed: %s\n", container.id));

        live.begin (manager, args[1], args[2:args.length], cancellable, (source, result) => {
            try {
                status = live.end (result);
            } catch (Error e) {
                printerr ("life: %s\n", e.message);
            }
            loop.quit ();
        });
        loop.run ();
    } catch (Error e) {
        printerr ("life: %s\n", e.message);
    }
    return status;
}
