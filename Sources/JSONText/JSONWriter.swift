/// Appends JSON to bytes.
package enum JSONWriter {
    /// Appends a text as a JSON string, quotes included.
    ///
    /// Only what RFC 8259 §7 demands is escaped: `"`, `\` and U+0000–001F. The rest is written as UTF-8.
    package static func appendString(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        let bytes = text.utf8Span.span
        var index = 0
        while index < bytes.count {
            var end = ByteRun.plainEnd(in: bytes, from: index)
            while end < bytes.count && bytes[end] >= 0x80 {
                // A String's UTF-8 is always valid: go over it.
                end = ByteRun.plainEnd(in: bytes, from: end + 1)
            }
            append(bytes.extracting(index..<end), to: &output)
            if end < bytes.count { appendEscaped(bytes[end], to: &output) }
            index = end + 1
        }
        output.append(UInt8(ascii: "\""))
    }

    /// Appends text that needs no escaping: punctuation, names, numbers, restricted alphabets.
    @inline(__always)
    package static func appendRaw(_ text: String, to output: inout [UInt8]) {
        append(text.utf8Span.span, to: &output)
    }

    /// Appends text of the program that needs no escaping.
    package static func appendLiteral(_ text: StaticString, to output: inout [UInt8]) {
        // The UTF-8 of a string literal lives as long as the program.
        append(unsafe Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount), to: &output)
    }

    @inline(__always)
    private static func append(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        // Of nothing, the standard library would write the count of the empty array that all threads share.
        guard !bytes.isEmpty else { return }
        output.append(addingCapacity: bytes.count) { free in
            // The pointers live for this call, as the spans do, and there is room for all of the bytes.
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe free.withUnsafeMutableBufferPointer { target, count in
                    guard let from = source.baseAddress, let to = target.baseAddress else { return }
                    unsafe (to + count).initialize(from: from, count: source.count)
                    count += source.count
                }
            }
        }
    }

    private static func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        default:
            // Only 0x00 to 0x1F come here: \u001f.
            appendRaw("u00", to: &output)
            output.append(UInt8(ascii: "0") + byte >> 4)
            let digit = byte & 0x0F
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
