import Foundation

/// The directory under which this test process keeps everything, and the guard that clears it away.
///
/// The guard is a shell that reads from a pipe only we hold: however this process ends, the pipe closes, and the shell
/// stops what still runs under the directory and removes it.
final class TestRoot: Sendable {
    let path: String
    private let guardPipe: Int32
    private let guardProcess: ChildProcess

    static var current: TestRoot {
        get throws { try shared.get() }
    }
    private static let shared = Result { try TestRoot() }

    private init() throws {
        // Short: a unix socket's path may have 107 bytes.
        var template = Array("/tmp/fx-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw HarnessError.io("mkdtemp", errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // nginx's workers are somebody else when we are root, and must get through.
        chmod(path, 0o711)

        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HarnessError.io("pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        guardPipe = ends[1]
        let script = """
            trap '' INT TERM HUP
            read -r _
            for pid in $(cat "$0"/*/run/*.pid 2>/dev/null); do
                tr '\\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$0/" && kill -TERM "$pid"
            done
            sleep 0.5
            for pid in $(cat "$0"/*/run/*.pid 2>/dev/null); do
                tr '\\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$0/" && kill -KILL "$pid"
            done
            # What is mounted inside, the last one first.
            grep -F " $0/" /proc/mounts | tac | while read -r _ target _; do umount -l "$target"; done
            rm -rf "$0"
            """
        guardProcess = try ChildProcess("bash", ["-c", script, path], output: "/dev/null", input: ends[0])
        close(ends[0])
    }
}

/// Where this package and its built products are.
enum Checkout {
    static let root: String = {
        // Tests/ContractTests/Support/TestRoot.swift
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// The directory of fx-bridge and fxctl; `FX_TEST_BIN` names another one.
    static let products = ProcessInfo.processInfo.environment["FX_TEST_BIN"] ?? root + "/.build/debug"
}
