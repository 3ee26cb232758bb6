/// The header fields of a request, in the order they came, duplicates included.
///
/// Names are kept in the form CGI gives them (RFC 3875 §4.1.18): upper case, `_` for `-`, no `HTTP_`; a lookup is a
/// comparison of bytes. All names and values lie in one block, so that copying a request at the transport's border
/// costs two allocations, however many fields it has.
package struct HTTPFields: Sendable {
    @usableFromInline struct Entry {
        @usableFromInline var name: Range<Int>
        @usableFromInline var value: Range<Int>

        @usableFromInline init(name: Range<Int>, value: Range<Int>) {
            self.name = name
            self.value = value
        }
    }

    @usableFromInline var block: [UInt8] = []
    @usableFromInline var entries: [Entry] = []

    package init() {}

    package var count: Int { entries.count }

    package mutating func reserve(bytes: Int, fields: Int) {
        block.reserveCapacity(bytes)
        entries.reserveCapacity(fields)
    }

    /// Adds a field whose name is already in CGI form.
    // Generic over the bytes and called from another module: inlined, or every byte would go through a witness table.
    @inlinable
    package mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        let start = block.count
        block.append(contentsOf: name)
        let middle = block.count
        block.append(contentsOf: value)
        entries.append(Entry(name: start..<middle, value: middle..<block.count))
    }

    /// Adds a field by the name a person writes: `X-API-KEY`.
    package mutating func append(_ name: String, _ value: String) {
        append(name: HTTPFieldName(name).bytes, value: Array(value.utf8))
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

    private func matches(_ entry: Entry, _ name: HTTPFieldName) -> Bool {
        entry.name.count == name.bytes.count && block[entry.name].elementsEqual(name.bytes)
    }
}

/// A header field's name in CGI form.
package struct HTTPFieldName: Sendable {
    package let bytes: [UInt8]

    /// - Parameter name: as a person writes it, `X-Hub-Signature-256`.
    package init(_ name: String) {
        bytes = name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "_")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 0x20
            default: byte
            }
        }
    }
}
