/// FNV-1a over the fields of rows, each with its length, so that no two rows run together.
struct RowDigest {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) { combine(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func combine(_ bytes: some Collection<UInt8>) {
        combine(Int64(bytes.count))
        for byte in bytes { combine(byte) }
    }

    /// A missing field differs from an empty one.
    mutating func combine(_ bytes: [UInt8]?) {
        guard let bytes else { return combine(-1 as Int64) }
        combine(bytes)
    }

    mutating func combine(_ row: EventRow) {
        combine(Int64(row.sequence))
        combine(row.tenant)
        combine(row.cid)
        combine(row.id)
        combine(row.type)
        combine(row.recordedMicroseconds)
    }

    mutating func combine(_ entry: ExecutionEntry) {
        combine(entry.tenant)
        combine(entry.execution.executionID)
        combine(entry.execution.cid)
        combine(entry.execution.service)
        combine(Int64(entry.execution.status))
        combine(entry.execution.datetimeMicroseconds)
        combine(entry.execution.executionTime)
        combine(entry.execution.data)
        combine(entry.execution.firstRecordedMicroseconds)
        combine(entry.execution.recordedMicroseconds)
        combine(entry.log)
        combine(Int64(entry.sequence))
    }

    mutating func combine(_ entry: OverruledEntry) {
        combine(entry.tenant)
        combine(entry.executionID)
        combine(Int64(entry.report.status))
        combine(entry.report.recordedMicroseconds)
        combine(entry.report.log)
        combine(Int64(entry.report.sequence))
    }

    private mutating func combine(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
}
