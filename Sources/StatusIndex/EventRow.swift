/// What the index keeps of one event of the log.
///
/// The slices usually point into the line the event was read from: a batch of rows keeps its lines alive and copies
/// nothing.
package struct EventRow: Sendable, Equatable {
    /// Its place in the log `events`; at least 1.
    package var sequence: UInt64
    package var tenant: ArraySlice<UInt8>
    package var cid: ArraySlice<UInt8>
    /// The CloudEvent's `id`: the provider's delivery id where it gave one.
    package var id: ArraySlice<UInt8>
    package var type: ArraySlice<UInt8>
    /// `recordedtime`, since 1970.
    package var recordedMicroseconds: Int64

    package init(
        sequence: UInt64, tenant: ArraySlice<UInt8>, cid: ArraySlice<UInt8>, id: ArraySlice<UInt8>,
        type: ArraySlice<UInt8>, recordedMicroseconds: Int64
    ) {
        self.sequence = sequence
        self.tenant = tenant
        self.cid = cid
        self.id = id
        self.type = type
        self.recordedMicroseconds = recordedMicroseconds
    }
}

extension EventRow {
    /// The columns ``init(row:)`` reads, in its order.
    static let columns = """
        sequence, (SELECT value FROM name WHERE name.id = tenant), cid, event.id, type, recorded
        """

    init(row: borrowing Statement) {
        sequence = UInt64(clamping: row.integer(0))
        tenant = ArraySlice(row.bytes(1))
        cid = ArraySlice(row.name(2))
        id = ArraySlice(row.name(3))
        type = ArraySlice(row.bytes(4))
        recordedMicroseconds = row.integer(5)
    }
}
