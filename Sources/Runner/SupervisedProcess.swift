import Glibc

/// What ``ProcessWatch`` knows of one process; only its thread touches it once it was handed over.
final class SupervisedProcess: @unchecked Sendable {
    // Made by the one who spawns, handed over through the watch's inbox, and then used by the watch's thread alone.
    private let output: Descriptor
    private let errors: Descriptor
    private let limits: Service.Limits
    private let errorLine: @Sendable (String) -> Void

    private(set) var group: pid_t = 0
    private(set) var processDescriptor: Int32 = -1
    private var lines = ErrorLines()
    private var standardOutput: [UInt8] = []
    private var cause: RunEnd.Cause?
    private var startNanoseconds: Int64 = 0
    /// When the next signal is due.
    private(set) var deadlineNanoseconds: Int64?
    private var hasTerminated = false
    var continuation: CheckedContinuation<RunEnd, Never>?

    init(
        output: Descriptor, errors: Descriptor, limits: Service.Limits, errorLine: @escaping @Sendable (String) -> Void
    ) {
        self.output = output
        self.errors = errors
        self.limits = limits
        self.errorLine = errorLine
    }

    var outputDescriptor: Int32 { output.number }
    var errorsDescriptor: Int32 { errors.number }

    /// The process runs, as the leader of its own group.
    func begin(process: pid_t, descriptor: Int32, nowNanoseconds: Int64) {
        group = process
        processDescriptor = descriptor
        startNanoseconds = nowNanoseconds
        deadlineNanoseconds = nowNanoseconds + limits.time.milliseconds * 1_000_000
    }

    /// Reads what there is; false at the end of the stream.
    func readOutput() -> Bool {
        readAvailable(output) { bytes in
            let room = limits.outputBytes - standardOutput.count
            standardOutput += bytes.prefix(room)
            guard bytes.count > room, cause == nil else { return }
            cause = .outputLimit
            signal(SIGKILL)
            deadlineNanoseconds = nil
        }
    }

    /// Reads what there is; false at the end of the stream.
    func readErrors() -> Bool {
        readAvailable(errors) { bytes in lines.add(bytes).forEach(errorLine) }
    }

    /// Asks the process to end, and makes it when it has not by then.
    func stop(_ reason: RunEnd.Cause, nowNanoseconds: Int64) {
        guard cause == nil else { return }
        cause = reason
        signal(SIGTERM)
        hasTerminated = true
        deadlineNanoseconds = nowNanoseconds + limits.grace.milliseconds * 1_000_000
    }

    /// Does what is due.
    func meetDeadline(nowNanoseconds: Int64) {
        guard let deadline = deadlineNanoseconds, deadline <= nowNanoseconds else { return }
        if hasTerminated {
            signal(SIGKILL)
            deadlineNanoseconds = nil
        } else {
            stop(.timeLimit, nowNanoseconds: nowNanoseconds)
        }
    }

    func kill() {
        signal(SIGKILL)
        deadlineNanoseconds = nil
    }

    /// The first process has ended and is not reaped yet, so its number, which is the group's, is nobody else's.
    func end(nowNanoseconds: Int64) {
        signal(SIGKILL)
        _ = readOutput()
        _ = readErrors()
        lines.end().forEach(errorLine)
        output.close()
        errors.close()
        var end = RunEnd(.notStarted(""), cause: cause, standardOutput: standardOutput)
        end.nanoseconds = nowNanoseconds - startNanoseconds
        continuation?.resume(returning: end)
        continuation = nil
    }

    private func signal(_ number: Int32) {
        // ESRCH: the group is gone already.
        _ = Glibc.kill(-group, number)
    }

    private func readAvailable(_ descriptor: Descriptor, _ take: (ArraySlice<UInt8>) -> Void) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // A process that writes faster than we read must not keep the others waiting.
        let readsLimit = 16
        for _ in 0..<readsLimit {
            let count = unsafe read(descriptor.number, &chunk, chunk.count)
            if count > 0 {
                take(chunk[..<count])
            } else if count == 0 {
                return false
            } else if errno != EINTR {
                return errno == EAGAIN
            }
        }
        return true
    }
}
