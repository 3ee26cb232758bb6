import Events
import JSONText

/// How a run of a service ended, as seen from outside.
package struct RunEnd: Sendable, Equatable {
    package enum Termination: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// It never ran, for a reason in words for the operator.
        case notStarted(String)
    }

    /// What the runner did to it, if that is why it ended.
    package enum Cause: Sendable, Equatable {
        case timeLimit, outputLimit
        /// The runner is being stopped.
        case stop
    }

    package var termination: Termination
    package var cause: Cause?
    package var standardOutput: [UInt8] = []
    package var nanoseconds: Int64 = 0

    package init(_ termination: Termination, cause: Cause? = nil, standardOutput: [UInt8] = []) {
        self.termination = termination
        self.cause = cause
        self.standardOutput = standardOutput
    }
}

/// What a run is reported as.
///
/// Exit status 0 is completed, 75 (EX_TEMPFAIL of sysexits.h) skipped, every other one failed. `data` is what the service
/// wrote to standard output. Where it failed without a word, or the runner ended it, `data` says why:
/// `{"error":"exit-status","exit_status":3}`, `{"error":"signal","signal":9}`, `{"error":"time-limit","output":…}`.
package struct ExecutionOutcome: Sendable, Equatable {
    package let status: ExecutionStatus
    package let data: [UInt8]
    /// Members that say why it failed; empty if it did not.
    package let failure: [UInt8]

    private static let skippedExitStatus: Int32 = 75

    package init(_ end: RunEnd) {
        let output = ExecutionData.data(standardOutput: end.standardOutput)
        switch (end.cause, end.termination) {
        case (nil, .exited(0)) where output != nil: self.init(.completed, data: output ?? ExecutionData.null)
        case (nil, .exited(Self.skippedExitStatus)) where output != nil:
            self.init(.skipped, data: output ?? ExecutionData.null)
        case (nil, .exited(0)), (nil, .exited(Self.skippedExitStatus)), (.outputLimit, _):
            self.init(failure: "output-limit")
        case (.timeLimit, _): self.init(failure: "time-limit", output: output)
        case (.stop, _): self.init(failure: "stopped", output: output)
        case (nil, .exited(let status)):
            let failure = "\"error\":\"exit-status\",\"exit_status\":\(status)"
            guard let output, output != ExecutionData.null else {
                self.init(.failed, data: Self.object(failure), failure: Array(failure.utf8))
                return
            }
            self.init(.failed, data: output, failure: Array(failure.utf8))
        case (nil, .signalled(let number)):
            let failure = "\"error\":\"signal\",\"signal\":\(number)"
            self.init(.failed, data: Self.object(failure), failure: Array(failure.utf8))
        case (nil, .notStarted(let reason)): self.init(failure: "not-started", detail: reason)
        }
    }

    /// An execution that did not run: `{"error":"event-lost"}`.
    package init(_ status: ExecutionStatus, error: String, detail: String? = nil) {
        let failure = Self.members(error: error, detail: detail)
        self.init(status, data: [UInt8(ascii: "{")] + failure + [UInt8(ascii: "}")], failure: failure)
    }

    private init(failure error: String, detail: String? = nil, output: [UInt8]? = nil) {
        let failure = Self.members(error: error, detail: detail)
        var data = [UInt8(ascii: "{")] + failure
        if let output, output != ExecutionData.null {
            JSONWriter.appendRaw(",\"output\":", to: &data)
            data += output
        }
        data.append(UInt8(ascii: "}"))
        self.init(.failed, data: data, failure: failure)
    }

    private init(_ status: ExecutionStatus, data: [UInt8], failure: [UInt8] = []) {
        self.status = status
        self.data = data
        self.failure = failure
    }

    private static func members(error: String, detail: String?) -> [UInt8] {
        var members: [UInt8] = []
        JSONWriter.appendRaw("\"error\":\"\(error)\"", to: &members)
        if let detail {
            JSONWriter.appendRaw(",\"detail\":", to: &members)
            JSONWriter.appendString(detail, to: &members)
        }
        return members
    }

    private static func object(_ members: String) -> [UInt8] { Array("{\(members)}".utf8) }
}
