/// The memory that one worker reads bodies into, used again once nobody holds the body before.
struct BodyScratch: ~Copyable {
    /// A longer body gets memory of its own: few are, and a burst of them must not stay.
    static let keptBytesLimit = 64 << 10

    private var kept: [UInt8] = []

    /// A body of at most `capacity` bytes, as `fill` writes it.
    mutating func take(_ capacity: Int, _ fill: (inout OutputSpan<UInt8>) -> Void) -> [UInt8] {
        guard capacity <= Self.keptBytesLimit else {
            var bytes: [UInt8] = []
            bytes.append(addingCapacity: capacity, initializingWith: fill)
            return bytes
        }
        // Where the last body is still held, this makes new memory.
        kept.removeAll(keepingCapacity: true)
        kept.append(addingCapacity: capacity, initializingWith: fill)
        return kept
    }
}
