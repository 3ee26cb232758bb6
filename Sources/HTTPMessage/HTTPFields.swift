/// The header fields of a request, in the order they came, duplicates included.
///
/// Names are kept in the form CGI gives them (RFC 3875 §4.1.18): upper case, `_` for `-`, no `HTTP_`; a lookup is a
/// comparison of bytes. All names and values lie in one block, so that copying a request at the transport's border
/// costs two allocations, however many fields it has.
package struct HTTPFields: Sendable {
    private struct Entry {
        var name: Range<Int>
        var value: Range<Int>
    }

    private var block: [UInt8] = []
    private var entries: [Entry] = []

    package init() {}

    package var count: Int { entries.count }

    package mutating func reserve(bytes: Int, fields: Int) {
        block.reserveCapacity(bytes)
        entries.reserveCapacity(fields)
    }

    /// Adds a field whose name is already in CGI form.
    // Not generic over the bytes: slices of raw buffers are copied element by element, at a sixth of a request's cost.
    package mutating func append(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        let start = block.count
        unsafe block.append(contentsOf: name)
        let middle = block.count
        unsafe block.append(contentsOf: value)
        entries.append(Entry(name: start..<middle, value: middle..<block.count))
    }

    /// Adds a field by the name a person writes: `X-API-KEY`.
    package mutating func append(_ name: String, _ value: String) {
        let name = HTTPFieldName(name)
        unsafe name.bytes.withUnsafeBufferPointer { name in
            unsafe Array(value.utf8).withUnsafeBufferPointer { unsafe append(name: name, value: $0) }
        }
    }

    /// The value of the first field of that name.
    package func first(_ name: HTTPFieldName) -> ArraySlice<UInt8>? {
        for entry in entries where matches(entry, name) { return block[entry.value] }
        return nil
    }

    /// The value of the first field of that name as text; bytes that are no UTF-8 are replaced.
    package func text(_ name: HTTPFieldName) -> String? {
        first(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// How often a field of that name came.
    package func occurrences(of name: HTTPFieldName) -> Int {
        var count = 0
        for entry in entries where matches(entry, name) { count += 1 }
        return count
    }

    /// The values of all fields of that name, in the order they came.
    package func values(of name: HTTPFieldName) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        for entry in entries where matches(entry, name) { values.append(block[entry.value]) }
        return values
    }

    /// Whether any field's name begins so.
    package func hasField(withPrefix prefix: HTTPFieldName) -> Bool {
        for entry in entries where begins(entry, prefix) { return true }
        return false
    }

    /// The fields whose names begin so, in the order they came: what is behind the prefix, in CGI form, and the value.
    package func fields(withPrefix prefix: HTTPFieldName) -> [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] {
        var fields: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
        for entry in entries where begins(entry, prefix) {
            fields.append((block[entry.name].dropFirst(prefix.bytes.count), block[entry.value]))
        }
        return fields
    }

    private func begins(_ entry: Entry, _ prefix: HTTPFieldName) -> Bool {
        entry.name.count >= prefix.bytes.count
            && block[entry.name.prefix(prefix.bytes.count)].elementsEqual(prefix.bytes)
    }

    private func matches(_ entry: Entry, _ name: HTTPFieldName) -> Bool {
        guard entry.name.count == name.bytes.count else { return false }
        for (offset, byte) in name.bytes.enumerated() where block[entry.name.lowerBound + offset] != byte {
            return false
        }
        return true
    }
}

/// A header field's name in CGI form.
package struct HTTPFieldName: Sendable {
    package let bytes: [UInt8]

    /// - Parameter name: as a person writes it, `X-Hub-Signature-256`.
    package init(_ name: String) {
        let utf8 = name.utf8Span.span
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: utf8.count) { free in
            for index in utf8.indices { free.append(Self.cgiByte(utf8[index])) }
        }
        self.bytes = bytes
    }

    private static func cgiByte(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "-"): UInt8(ascii: "_")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 0x20
        default: byte
        }
    }
}
