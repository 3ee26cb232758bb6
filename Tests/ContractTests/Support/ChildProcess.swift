import Foundation

/// A process of ours, with its output in a file.
///
/// Spawned without Foundation's `Process`: that one hands on descriptors which other tests open at the same moment, and
/// a listening socket held by a stranger never closes.
final class ChildProcess: @unchecked Sendable {
    let pid: pid_t
    // Guards `exit`: a process can be waited for once.
    private let lock = NSLock()
    private var exit: Exit?

    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// - Parameters:
    ///   - output: takes standard output and standard error, appended.
    ///   - input: becomes standard input; without one that is empty.
    init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], output: String,
        errors: String? = nil, input: Int32? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
        if let errors {
            posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        addCloseFrom(&actions, 3)

        // A test thread may block signals; a child must not inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var all = ProcessInfo.processInfo.environment
        all["PATH", default: ""] += ":/usr/local/sbin:/usr/sbin:/sbin"
        all.merge(environment) { $1 }
        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp = all.map { strdup("\($0)=\($1)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child: pid_t = 0
        let result = posix_spawnp(&child, executable, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw HarnessError.spawn(executable, errno: result) }
        pid = child
    }

    deinit { kill() }

    var hasExited: Bool { poll() != nil }

    func send(_ signal: Int32) {
        lock.withLock { if exit == nil { _ = Foundation.kill(pid, signal) } }
    }

    /// Waits until the process ends.
    ///
    /// - Throws: ``HarnessError/timeout(_:)`` if it has not ended by then; it runs on.
    @discardableResult
    func wait(seconds: Double = 10) throws -> Exit {
        try eventually("process \(pid) ends", seconds: seconds) { self.poll() }
    }

    func kill() {
        send(SIGKILL)
        _ = try? wait(seconds: 5)
    }

    private func poll() -> Exit? {
        lock.withLock {
            if exit == nil {
                var status: Int32 = 0
                if waitpid(pid, &status, WNOHANG) == pid {
                    // wait(2): the low 7 bits are the signal that ended it, or 0; the next byte is the code.
                    exit = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
                }
            }
            return exit
        }
    }
}

/// glibc's, hidden from Swift behind `_GNU_SOURCE`.
@_silgen_name("posix_spawn_file_actions_addclosefrom_np")
@discardableResult
private func addCloseFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) -> Int32

/// What a command said when it had ended.
struct CommandResult {
    let exit: ChildProcess.Exit
    let output: String
    let errors: String

    /// Runs a command to its end.
    static func run(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
        seconds: Double = 30
    ) throws -> CommandResult {
        let stem = try TestRoot.current.path + "/command-\(UUID().uuidString)"
        defer { for end in [".in", ".out", ".err"] { unlink(stem + end) } }
        try Data((input ?? "").utf8).write(to: URL(fileURLWithPath: stem + ".in"))
        let file = open(stem + ".in", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let child = try ChildProcess(
            executable, arguments, environment: environment, output: stem + ".out", errors: stem + ".err", input: file)
        let exit = try child.wait(seconds: seconds)
        return CommandResult(exit: exit, output: text(of: stem + ".out"), errors: text(of: stem + ".err"))
    }
}

/// What went wrong in the harness, not in what it tests.
enum HarnessError: Error {
    case spawn(String, errno: Int32)
    case timeout(String)
    case io(String, errno: Int32)
    case command(String, CommandResult)
    case start(String, log: String)
    case malformedReply(String)
}

/// The text of a file, or nothing if there is none.
func text(of path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
}

/// How many times longer than elsewhere things may take here: `FX_TEST_PATIENCE`, for what a sanitizer slows down.
let patienceFactor = ProcessInfo.processInfo.environment["FX_TEST_PATIENCE"].flatMap(Double.init) ?? 1

/// Asks again and again until there is an answer.
func eventually<Value>(_ what: String, seconds: Double = 10, _ probe: () throws -> Value?) throws -> Value {
    let deadline = ContinuousClock.now + .seconds(seconds * patienceFactor)
    while true {
        if let value = try probe() { return value }
        guard ContinuousClock.now < deadline else { throw HarnessError.timeout(what) }
        usleep(5_000)
    }
}

/// Asks again and again until it is so.
func waitUntil(_ what: String, seconds: Double = 10, _ condition: () throws -> Bool) throws {
    _ = try eventually(what, seconds: seconds) { try condition() ? true : nil }
}
