import Foundation

/// One whole installation in a directory of its own: nginx with the shipped site, fx-bridge, spool and credentials.
///
/// It is stopped and removed when the last reference goes. Several run at once.
final class TestSite: @unchecked Sendable {
    let home: String
    /// Where nginx listens on 127.0.0.1.
    let port: UInt16
    // Guards `processes`.
    private let lock = NSLock()
    private var processes = Processes()

    private struct Processes {
        var nginx: ChildProcess?
        var bridge: ChildProcess?
    }

    var socket: String { home + "/run/fx-bridge.sock" }
    var config: String { home + "/fx-bridge.yaml" }
    var bridgeLog: String { text(of: home + "/log/fx-bridge.log") }
    var accessLog: String { text(of: home + "/log/nginx-access.log") }
    var spool: SpoolReader { SpoolReader(directory: home + "/spool") }
    var bridge: ChildProcess? { lock.withLock { processes.bridge } }

    /// - Parameters:
    ///   - settings: the keys of fx-bridge.yaml that differ from the defaults, by their dotted names: `limits.body_bytes`.
    ///   - environment: what fx-bridge gets beside ours.
    ///   - startsBridge: false leaves the bridge to ``startBridge(environment:)``; nginx runs either way.
    init(settings: [String: String] = [:], environment: [String: String] = [:], startsBridge: Bool = true) throws {
        home = try TestRoot.current.path + "/" + String(UInt32.random(in: 0...UInt32.max), radix: 36)
        mkdir(home, 0o711)
        for name in ["run", "log"] { mkdir(home + "/" + name, 0o711) }
        mkdir(home + "/spool", 0o700)
        port = try Self.startNginx(home: home, processes: &processes)
        try writeSettings(settings)
        guard startsBridge else { return }
        do { try startBridge(environment: environment) } catch {
            stop()
            throw error
        }
    }

    deinit { stop() }

    /// Writes fx-bridge.yaml anew; the bridge reads it when it starts.
    func writeSettings(_ settings: [String: String]) throws {
        var settings = settings
        let user = text(of: home + "/run/nginx/nginx.conf").prefix { $0 != "\n" }
        if user.hasPrefix("user "), !user.hasSuffix(" root;") {
            settings["fastcgi.socket_group"] = String(user.dropFirst(5).dropLast())
        }
        settings["fastcgi.socket", default: ""] += settings["fastcgi.socket"] == nil ? "run/fx-bridge.sock" : ""
        let sections = Dictionary(grouping: settings) { $0.key.prefix { $0 != "." } }
        let yaml = sections.map { name, keys in
            "\(name):\n" + keys.map { "  \($0.key.dropFirst(name.count + 1)): \($0.value)\n" }.joined()
        }
        try Data(yaml.joined().utf8).write(to: URL(fileURLWithPath: config))
    }

    /// Starts fx-bridge and waits until nginx reaches it.
    ///
    /// - Parameter tool: a command that becomes fx-bridge, such as `strace -D`.
    /// - Throws: ``HarnessError/start(_:log:)`` with what it said when it ended instead.
    func startBridge(environment: [String: String] = [:], under tool: [String] = []) throws {
        let bridge = try spawnBridge(environment: environment, under: tool)
        try waitUntil("fx-bridge is ready", seconds: 20) {
            if bridge.hasExited { throw HarnessError.start("fx-bridge ended", log: bridgeLog) }
            return (try? operatorReply("/readyz"))?.status == 200
        }
    }

    /// Starts fx-bridge and waits for nothing.
    @discardableResult
    func spawnBridge(environment: [String: String] = [:], under tool: [String] = []) throws -> ChildProcess {
        let command = tool + [Checkout.products + "/fx-bridge", "--config", config]
        let bridge = try ChildProcess(
            command[0], Array(command.dropFirst()), environment: environment, output: home + "/log/fx-bridge.log")
        lock.withLock { processes.bridge = bridge }
        return bridge
    }

    /// Asks the bridge to end, and waits for it.
    @discardableResult
    func stopBridge(signal: Int32 = SIGTERM, seconds: Double = 15) throws -> ChildProcess.Exit? {
        guard let bridge = lock.withLock({ processes.bridge }) else { return nil }
        bridge.send(signal)
        return try bridge.wait(seconds: seconds)
    }

    func stop() {
        lock.withLock {
            processes.bridge?.send(SIGTERM)
            processes.nginx?.send(SIGTERM)
            for process in [processes.bridge, processes.nginx] {
                if (try? process?.wait(seconds: 5)) == nil { process?.kill() }
            }
            processes = Processes()
        }
        try? FileManager.default.removeItem(atPath: home)
    }

    /// Starts nginx on a free port with the shipped files, and returns the port.
    ///
    /// Ports are taken from below the ephemeral range, where no connection of ours can sit on one by chance. Between the
    /// look and nginx's bind somebody may still take it; then it is the next one's turn.
    private static func startNginx(home: String, processes: inout Processes) throws -> UInt16 {
        for _ in 0..<20 {
            let port = UInt16.random(in: 20_000..<32_000)
            guard (try? HTTPConnection(port: port)) == nil else { continue }
            let rendering = try CommandResult.run(
                Checkout.root + "/deploy/lib/render-nginx", ["--home", home, "--listen", "127.0.0.1:\(port)"])
            guard rendering.exit == .code(0) else { throw HarnessError.command("render-nginx", rendering) }
            let nginx = try ChildProcess(
                "nginx", ["-p", home + "/", "-c", home + "/run/nginx/nginx.conf", "-g", "daemon off;"],
                output: home + "/log/nginx-output.log")
            let isListening = try eventually("nginx listens", seconds: 20) {
                if nginx.hasExited { return false }
                // The pid file comes after the binds: another process's listener on this port does not deceive us.
                return text(of: home + "/run/nginx.pid").isEmpty ? nil : true
            }
            if isListening {
                processes.nginx = nginx
                return port
            }
        }
        throw HarnessError.start("nginx", log: text(of: home + "/log/nginx-output.log"))
    }
}
