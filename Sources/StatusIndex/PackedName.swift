import Events

/// A cid, event id or execution id in the form the index stores it.
///
/// | name | stored as | bytes |
/// |---|---|---|
/// | UUID version 7 in lower case, of a time since 2004-11-03 | BLOB, its 128 bits | 16 |
/// | any other UUID in lower case | BLOB, 0x00 and its 128 bits | 17 |
/// | anything else | TEXT, as it is | as many |
///
/// Names made one after the other are neighbours in the first form and scattered in the others. SQLite sorts every
/// TEXT before every BLOB and BLOBs by their bytes, so `name >= x'01'` is true of the first form and of no other (the
/// millisecond count of a later UUIDv7 starts with a byte of at least 0x01). The schema's indexes build on that.
enum PackedName: Equatable {
    case timeOrdered(UInt64, UInt64)
    case otherUUID(UInt64, UInt64)
    case text(ArraySlice<UInt8>)

    init(_ name: ArraySlice<UInt8>) {
        guard let (high, low) = UUIDText.read(name.span) else {
            self = .text(name)
            return
        }
        self.init(high, low)
    }

    /// Of the 128 bits of a UUID.
    init(_ high: UInt64, _ low: UInt64) {
        let isVersion7 = high >> 12 & 0xF == 7
        self = isVersion7 && high >> 56 > 0 ? .timeOrdered(high, low) : .otherUUID(high, low)
    }

    init(_ name: String) {
        self.init(ArraySlice(name.utf8))
    }

    /// The name whose stored BLOB is `blob`.
    static func text(ofBlob blob: [UInt8]) -> [UInt8] {
        var (high, low) = (UInt64(0), UInt64(0))
        for byte in blob.suffix(16).prefix(8) { high = high << 8 | UInt64(byte) }
        for byte in blob.suffix(8) { low = low << 8 | UInt64(byte) }
        var text: [UInt8] = []
        UUIDText.append(high, low, to: &text)
        return text
    }
}
