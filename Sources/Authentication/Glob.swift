/// A pattern for the whole of an event's source or type.
///
/// `*` stands for any run of characters (`/` and `.` too, and none at all), `?` for exactly one; every other character
/// stands for itself, and there is no escape. Matching takes at most text × pattern steps, whatever the pattern: only
/// the last `*` is ever tried again, because what an earlier one could give back the last one can take as well.
package struct Glob: Hashable, Sendable {
    /// Bounds the work of one match; sources and types are shorter.
    package static let patternBytesLimit = 256

    package let pattern: String
    private let bytes: [UInt8]

    /// Returns nil if the pattern is empty, longer than ``patternBytesLimit``, or holds control characters.
    package init?(_ pattern: String) {
        guard (1...Self.patternBytesLimit).contains(pattern.utf8.count) else { return nil }
        guard pattern.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        self.pattern = pattern
        bytes = Array(pattern.utf8)
    }

    package func matches(_ text: String) -> Bool {
        matches(text.utf8.span)
    }

    /// - Parameter text: UTF-8.
    package func matches(_ text: Span<UInt8>) -> Bool {
        var position = 0
        var next = 0
        // Where to go on after a mismatch: behind the last `*`, which then has taken one more byte of the text.
        var lastStar: (next: Int, position: Int)?
        while position < text.count {
            if next < bytes.count, bytes[next] == UInt8(ascii: "*") {
                next += 1
                lastStar = (next, position)
            } else if next < bytes.count, let end = endOfMatch(bytes[next], text, at: position) {
                next += 1
                position = end
            } else if let star = lastStar {
                lastStar = (star.next, star.position + 1)
                next = star.next
                position = star.position + 1
            } else {
                return false
            }
        }
        return bytes[next...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// Where the text goes on if `byte` of the pattern matches it at `position`.
    private func endOfMatch(_ byte: UInt8, _ text: Span<UInt8>, at position: Int) -> Int? {
        guard byte == UInt8(ascii: "?") else { return text[position] == byte ? position + 1 : nil }
        // One character is a lead byte and its continuation bytes; a `*` may have stopped in the middle of one.
        guard !Self.isContinuation(text[position]) else { return nil }
        var end = position + 1
        while end < text.count, Self.isContinuation(text[end]) { end += 1 }
        return end
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}

extension Glob: CustomStringConvertible {
    package var description: String { pattern }
}
