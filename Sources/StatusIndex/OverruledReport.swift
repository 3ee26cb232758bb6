/// A terminal report that came after another one had ended the execution.
///
/// It contradicts if its status differs from the one that stands; else the reporter repeated itself.
package struct OverruledReport: Sendable, Equatable {
    /// 2 completed, 3 failed, 4 skipped.
    package var status: Int
    /// When the report was accepted, since 1970.
    package var recordedMicroseconds: Int64
    /// Where the whole report can be read: the log's name and the place in it.
    package var log: [UInt8]
    package var sequence: UInt64
}

extension OverruledReport {
    /// The columns ``init(row:startingAt:)`` reads, in its order, of `overruled` joined with `name` for the log.
    static let columns = "status, recorded, value, sequence"

    init(row: borrowing Statement) {
        status = Int(row.integer(0))
        recordedMicroseconds = row.integer(1)
        log = row.bytes(2)
        sequence = UInt64(clamping: row.integer(3))
    }
}
