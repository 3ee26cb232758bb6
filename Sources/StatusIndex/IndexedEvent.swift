/// What the index knows of an event.
package struct IndexedEvent: Sendable, Equatable {
    /// Its place in the log `events`.
    package var sequence: UInt64
    package var cid: [UInt8]
    package var id: [UInt8]
    package var type: [UInt8]
    /// Since 1970.
    package var recordedMicroseconds: Int64
}

extension IndexedEvent {
    /// The columns ``init(row:)`` reads, in its order.
    static let columns = "sequence, cid, id, type, recorded"

    init(row: borrowing Statement) {
        sequence = UInt64(clamping: row.integer(0))
        cid = row.name(1)
        id = row.name(2)
        type = row.bytes(3)
        recordedMicroseconds = row.integer(4)
    }
}
