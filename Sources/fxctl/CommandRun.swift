import Glibc

/// Another program, run to its end; what it says on both streams is kept, up to a limit.
struct CommandRun {
    let status: Int32
    let output: String

    private static let outputBytesLimit = 4 << 20

    /// Nil if there is no such program. `posix_spawnp(3)`
    init?(_ arguments: [String]) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        // nginx and dpkg lie where an ordinary user's PATH does not lead.
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        var environment = unsafe [
            strdup("PATH=\(path):/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"), strdup("LC_ALL=C"), nil,
        ]
        defer { unsafe (argv + environment).forEach { unsafe free($0) } }
        guard let program = Self.find(arguments[0], path: path) else {
            close(ends[0])
            close(ends[1])
            return nil
        }
        var child: pid_t = 0
        let result = unsafe posix_spawn(&child, program, &actions, nil, &argv, &environment)
        close(ends[1])
        defer { close(ends[0]) }
        guard result == 0 else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe read(ends[0], &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            // Read on, so that it can end; what is beyond the limit is not kept.
            if bytes.count < Self.outputBytesLimit { bytes += chunk[..<count] }
        }
        var waited: Int32 = 0
        while unsafe waitpid(child, &waited, 0) < 0, errno == EINTR {}
        // A signal shows as a number that no exit has.
        status = waited & 0x7F == 0 ? waited >> 8 & 0xFF : 256 + waited
        output = String(decoding: bytes, as: UTF8.self)
    }

    private static func find(_ name: String, path: String) -> String? {
        if name.contains("/") { return unsafe access(name, X_OK) == 0 ? name : nil }
        let directories = path.split(separator: ":") + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        return directories.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }
}
