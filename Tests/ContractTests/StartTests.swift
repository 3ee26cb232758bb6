import Foundation
import Testing

/// What keeps fx-bridge from starting, and what it says then.
@Suite struct StartTests {
    @Test func `a missing spool directory refuses the start`() throws {
        let site = try TestSite(startsBridge: false)
        rmdir(site.home + "/spool")
        try expectRefusal(site, says: [site.home + "/spool"])
    }

    @Test func `a spool that is a file refuses the start`() throws {
        let site = try TestSite(startsBridge: false)
        rmdir(site.home + "/spool")
        try Data().write(to: URL(fileURLWithPath: site.home + "/spool"))
        try expectRefusal(site, says: [site.home + "/spool"])
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to mount"))
    func `a read-only spool refuses the start`() throws {
        let site = try TestSite(startsBridge: false)
        let spool = site.home + "/spool"
        let mounting = try CommandResult.run("mount", ["-t", "tmpfs", "-o", "ro,size=64k", "fx-test", spool])
        guard mounting.exit == .code(0) else { try Test.cancel("cannot mount here: \(mounting.errors)") }
        defer { _ = try? CommandResult.run("umount", [spool]) }
        try expectRefusal(site, says: [spool])
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func `an unwritable spool refuses the start`() throws {
        let site = try TestSite(startsBridge: false)
        chmod(site.home + "/spool", 0o500)
        try expectRefusal(site, says: [site.home + "/spool"])
    }

    @Test(arguments: [("NFS", 0x6969), ("CIFS", 0xFF53_4D42), ("FUSE", 0x6573_5546)])
    func `a spool on a network filesystem refuses the start`(name: String, magic: Int) throws {
        let site = try TestSite(startsBridge: false)
        // No network filesystem is at hand: the kernel's answer to statfs(2) is replaced instead.
        let source = """
            #define _GNU_SOURCE
            #include <sys/statfs.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int statfs(const char *p, struct statfs *b) { int r = syscall(SYS_statfs, p, b); b->f_type = \(magic); return r; }
            int fstatfs(int f, struct statfs *b) { int r = syscall(SYS_fstatfs, f, b); b->f_type = \(magic); return r; }
            int statfs64(const char *p, struct statfs64 *b) { return statfs(p, (struct statfs *)b); }
            int fstatfs64(int f, struct statfs64 *b) { return fstatfs(f, (struct statfs *)b); }
            """
        try Data(source.utf8).write(to: URL(fileURLWithPath: site.home + "/statfs.c"))
        let library = site.home + "/statfs.so"
        let compiler = try CommandResult.run("clang", ["-shared", "-fPIC", "-o", library, site.home + "/statfs.c"])
        guard compiler.exit == .code(0) else { try Test.cancel("no C compiler: \(compiler.errors)") }
        try expectRefusal(site, says: [site.home + "/spool"], environment: ["LD_PRELOAD": library])
    }

    @Test func `a second bridge on the same spool refuses, and the first goes on`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        try site.startBridge()
        let second = try ChildProcess(
            Checkout.products + "/fx-bridge", ["--config", site.config], output: site.home + "/log/second.log")
        let exit = try second.wait()
        #expect(exit != .code(0))
        if case .signal = exit { Issue.record("it crashed") }
        #expect(!text(of: site.home + "/log/second.log").isEmpty)
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        let connection = try FastCGIConnection(site.socket)
        try connection.write(FastCGIRequest("GET", "/fx/openapi.json"))
        #expect(try connection.readReply().status == 200)
    }

    @Test func `a bridge that was killed leaves nothing in the way of the next`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        for _ in 0..<3 {
            try site.startBridge()
            #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
            try site.stopBridge(signal: SIGKILL)
        }
        #expect(try site.spool.events().count == 3)
    }

    @Test func `an unknown setting refuses the start and is named`() throws {
        let site = try TestSite(settings: ["limits.body_size": "1"], startsBridge: false)
        try expectRefusal(site, says: ["body_size", "fx-bridge.yaml"])
    }

    @Test(arguments: [
        ("limits.body_bytes", "many"), ("limits.body_bytes", "-1"), ("fastcgi.workers", "0"),
        ("fastcgi.socket_mode", "rw"), ("log.level", "loud"),
    ])
    func `a setting with a wrong value refuses the start and is named`(key: String, value: String) throws {
        let site = try TestSite(startsBridge: false)
        // Without the group that the site itself sets.
        let yaml = "\(key.prefix { $0 != "." }):\n  \(key.drop { $0 != "." }.dropFirst()): \(value)\n"
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: site.config))
        try expectRefusal(site, says: [String(key.drop { $0 != "." }.dropFirst())])
    }

    @Test func `a group that does not exist refuses the start and is named`() throws {
        let site = try TestSite(startsBridge: false)
        try Data("fastcgi:\n  socket_group: no-such-group\n".utf8).write(to: URL(fileURLWithPath: site.config))
        try expectRefusal(site, says: ["no-such-group"])
    }

    @Test func `a socket path that is too long refuses the start`() throws {
        let name = String(repeating: "x", count: 100) + ".sock"
        let site = try TestSite(settings: ["fastcgi.socket": "run/" + name], startsBridge: false)
        try expectRefusal(site, says: ["fastcgi.socket", "107 bytes"])
    }

    @Test func `the socket has the mode and group of the settings`() throws {
        let site = try TestSite(settings: ["fastcgi.socket_mode": "\"0620\""])
        var status = stat()
        #expect(stat(site.socket, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o620)
        let shared = try SharedSite.current
        #expect(stat(shared.site.socket, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o660)
        if text(of: shared.site.home + "/run/nginx/nginx.conf").hasPrefix("user www-data;") {
            #expect(status.st_gid == getgrnam("www-data")?.pointee.gr_gid)
        }
    }

    @Test func `the process id is in its file`() throws {
        let site = try TestSite()
        let pid = text(of: site.home + "/run/fx-bridge.pid").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(pid == site.bridge.map { String($0.pid) })
    }

    @Test func `a socket that a supervisor passes as descriptor 3 is served, and left to it`() throws {
        let site = try TestSite(startsBridge: false)
        let token = try site.makeToken().token
        // What systemd does for a socket unit (sd_listen_fds(3)).
        let supervisor = """
            use Socket; use POSIX (); $^F = 10;
            my $path = shift;
            socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, pack_sockaddr_un($path)) && listen(S, 64) or die $!;
            chmod 0666, $path; POSIX::dup2(fileno(S), 3);
            $ENV{LISTEN_FDS} = 1; $ENV{LISTEN_PID} = $$;
            exec @ARGV;
            """
        try site.startBridge(under: ["perl", "-e", supervisor, site.socket])
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        try site.stopBridge()
        #expect(FileManager.default.fileExists(atPath: site.socket), "it is not ours to remove")
    }

    /// Expects that the bridge ends by itself, not by a crash, and says these things.
    private func expectRefusal(_ site: TestSite, says words: [String], environment: [String: String] = [:]) throws {
        let bridge = try site.spawnBridge(environment: environment)
        let exit = try bridge.wait()
        #expect(exit != .code(0))
        if case .signal(let signal) = exit { Issue.record("it ended by signal \(signal)") }
        for word in words { #expect(site.bridgeLog.contains(word), "\(site.bridgeLog)") }
    }
}
