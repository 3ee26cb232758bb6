/// How far an execution has come, in the spelling of our answers.
package enum ExecutionStatus: String, Sendable, CaseIterable {
    case pending
    case inProgress = "in progress"
    case completed
    case failed
    case skipped

    /// Whether nothing can come behind it.
    package var isTerminal: Bool {
        switch self {
        case .pending, .inProgress: false
        case .completed, .failed, .skipped: true
        }
    }

    /// Reads any spelling that FX's own parts use: `in_progress`, `In_progress`, `IN PROGRESS`, `in-progress`.
    package init?(spelling: String) {
        guard spelling.utf8.count <= 16 else { return nil }
        let normal = spelling.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "_"), UInt8(ascii: "-"): UInt8(ascii: " ")
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: byte
            }
        }
        self.init(rawValue: String(decoding: normal, as: UTF8.self))
    }
}
