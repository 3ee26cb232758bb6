import Foundation

/// Does what systemd does for fx-bridge.socket and fx-bridge.service: holds the listening socket, hands it to one bridge
/// after another as descriptor 3 (sd_listen_fds(3)), and behind it whatever the last bridge asked to be kept
/// (sd_pid_notify_with_fds(3)).
enum SocketSupervisor {
    static let isAvailable =
        (try? CommandResult.run("python3", ["-c", "import socket; socket.recv_fds"]).exit) == .code(0)

    /// The command that becomes the supervisor; fx-bridge and its arguments follow.
    ///
    /// SIGHUP restarts the bridge: SIGTERM, then the next. SIGTERM ends both.
    static func command(socket: String) -> [String] {
        let script = """
            import fcntl, os, select, signal, socket, sys
            path, command = sys.argv[1], sys.argv[2:]
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(path); listener.listen(4096); os.chmod(path, 0o666)
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            notify.bind(path + ".notify"); notify.setblocking(False)
            store, stopping = {}, False
            woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            signal.set_wakeup_fd(waker)
            signal.signal(signal.SIGCHLD, lambda *_: None)
            def restart(*_): os.kill(bridge, signal.SIGTERM)
            def stop(*_):
                global stopping
                stopping = True
                restart()
            def start():
                # Out of the way of the numbers that they get.
                handed = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 5000) for fd in [listener.fileno(), *sum(store.values(), [])]]
                child = os.fork()
                if child == 0:
                    for number, fd in enumerate(handed): os.dup2(fd, 3 + number)
                    for number in (signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM): signal.signal(number, signal.SIG_DFL)
                    os.environ.update(LISTEN_FDS=str(len(handed)), LISTEN_PID=str(os.getpid()), NOTIFY_SOCKET=path + ".notify")
                    os.execvp(command[0], command)
                for fd in handed: os.close(fd)
                return child
            def hear():
                while True:
                    try: text, fds, _, _ = socket.recv_fds(notify, 4096, 16)
                    except BlockingIOError: return
                    said = dict(line.split("=", 1) for line in text.decode().splitlines())
                    if said.get("FDSTOREREMOVE") == "1":
                        for fd in store.pop(said["FDNAME"], []): os.close(fd)
                    if said.get("FDSTORE") == "1": store.setdefault(said["FDNAME"], []).extend(fds)
            bridge = start()
            signal.signal(signal.SIGHUP, restart)
            signal.signal(signal.SIGTERM, stop)
            while True:
                select.select([notify, woken], [], [])
                try: os.read(woken, 512)
                except BlockingIOError: pass
                hear()
                if os.waitpid(bridge, os.WNOHANG)[0]:
                    hear()
                    if stopping: break
                    bridge = start()
            """
        return ["python3", "-c", script, socket]
    }
}
