import Glibc

/// Ends what a killed runner has left running, so that an execution that runs again does not run twice at a time.
///
/// A service and what it starts carry `FX_SCRATCH=<scratch root>/<execution id>` in their environment; no other runner
/// has that root. Processes of others whose environment may not be read are not ours.
struct OrphanSweep {
    private let needle: [UInt8]

    init(scratchRoot: String) {
        needle = [0] + Array("\(ServiceEnvironment.scratchVariable)=\(scratchRoot)/".utf8)
    }

    /// Kills them; gives their number.
    func run() -> Int {
        let root = "/proc"
        guard let stream = unsafe opendir(root) else { return 0 }
        defer { unsafe closedir(stream) }
        var killed = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let process = pid_t(name), process > 1, process != getpid(), isOurs(process) else { continue }
            if kill(process, SIGKILL) == 0 { killed += 1 }
        }
        return killed
    }

    private func isOurs(_ process: pid_t) -> Bool {
        let file = Descriptor(unsafe open("/proc/\(process)/environ", O_RDONLY | O_CLOEXEC))
        guard file.number >= 0 else { return false }
        // The first variable has no NUL before it.
        var environment: [UInt8] = [0]
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let bytesLimit = 4 << 20
        while environment.count < bytesLimit {
            let count = unsafe read(file.number, &chunk, chunk.count)
            guard count > 0 else { break }
            environment += chunk[..<count]
        }
        return environment.firstRange(of: needle) != nil
    }
}
