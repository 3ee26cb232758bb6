import Events
import Logging

/// One line of the log while it is written, at the end of a buffer that many share.
///
/// Texts may be anybody's. Whatever could end a line, move a terminal's cursor or turn its direction is escaped, a text is
/// cut at a limit, and what looks like an access token or a signing secret is struck out, wherever a sender put it.
package struct LogLine: ~Copyable {
    /// Of the value of one field. A path or a reason that is longer says no more.
    package static let textBytesLimit = 512
    /// Of one line; further fields are left out.
    static let fieldsLimit = 40

    var bytes: [UInt8]
    private let format: LogFormat
    private var fieldsCount = 0

    /// - Parameter journalPriority: what journald takes from the head of a line, `<5>` (sd-daemon(3)); nil elsewhere.
    init(
        appendingTo bytes: consuming [UInt8], format: LogFormat, level: Logger.Level, time: Timestamp,
        message: String, journalPriority: Bool
    ) {
        self.bytes = consume bytes
        self.format = format
        if journalPriority {
            raw("<")
            number(Self.priority(of: level))
            raw(">")
        }
        switch format {
        case .text:
            // The journal has a time of its own.
            if !journalPriority {
                time.append(to: &self.bytes)
                raw(" ")
            }
            raw(Self.name(of: level))
            raw(" ")
            text(message, isQuoted: false)
        case .json:
            raw(#"{"time":""#)
            time.append(to: &self.bytes)
            raw(#"","level":""#)
            raw(Self.name(of: level))
            raw(#"","message":"#)
            text(message, isQuoted: true)
        }
    }

    /// Adds a text, unless it is nil or empty.
    package mutating func field(_ name: StaticString, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        let utf8 = value.utf8Span.span
        let traits = TextTraits(utf8)
        let isPlain = !traits.hasSpecial && utf8.count <= Self.textBytesLimit
        if isPlain, !traits.hasUnderscore || !Self.holdsSecret(utf8) {
            plainField(name, utf8, isQuoted: format == .json || traits.hasSeparator)
        } else if beginField(name) {
            text(value, isQuoted: format == .json || traits.hasSpecial || traits.hasSeparator)
        }
    }

    /// Adds a text that may stand as it is: what nearly all fields are.
    private mutating func plainField(_ name: StaticString, _ value: Span<UInt8>, isQuoted: Bool) {
        guard fieldsCount < Self.fieldsLimit else { return }
        fieldsCount += 1
        let isJSON = format == .json
        bytes.append(addingCapacity: name.utf8CodeUnitCount + value.count + 6) { free in
            Self.appendName(name, isJSON: isJSON, to: &free)
            if isQuoted { free.append(UInt8(ascii: "\"")) }
            // The pointer lives for this call, as the span does.
            unsafe value.withUnsafeBytes { unsafe Self.append($0, to: &free) }
            if isQuoted { free.append(UInt8(ascii: "\"")) }
        }
    }

    /// - Precondition: there is room for them.
    private static func append(_ source: UnsafeRawBufferPointer, to free: inout OutputSpan<UInt8>) {
        unsafe free.withUnsafeMutableBufferPointer { buffer, initializedCount in
            precondition(source.count <= buffer.count - initializedCount)
            let target = UnsafeMutableRawBufferPointer(buffer)
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[initializedCount...]).copyMemory(from: source)
            initializedCount += source.count
        }
    }

    package mutating func field(_ name: StaticString, _ value: Int) {
        guard beginField(name) else { return }
        number(value)
    }

    /// Adds a text under a name that is not known beforehand.
    mutating func field(named name: String, _ value: String) {
        guard fieldsCount < Self.fieldsLimit else { return }
        fieldsCount += 1
        raw(format == .json ? "," : " ")
        text(name, isQuoted: format == .json)
        raw(format == .json ? ":" : "=")
        text(value, isQuoted: format == .json || Self.needsQuotes(value))
    }

    consuming func finished() -> [UInt8] {
        raw(format == .json ? "}\n" : "\n")
        return bytes
    }

    private mutating func beginField(_ name: StaticString) -> Bool {
        guard fieldsCount < Self.fieldsLimit else { return false }
        fieldsCount += 1
        let isJSON = format == .json
        bytes.append(addingCapacity: name.utf8CodeUnitCount + 4) { Self.appendName(name, isJSON: isJSON, to: &$0) }
        return true
    }

    /// Appends what stands before the value of a field.
    ///
    /// - Precondition: there is room for the name and four bytes: a comma or a space, two quotes, a colon or "=".
    private static func appendName(_ name: StaticString, isJSON: Bool, to free: inout OutputSpan<UInt8>) {
        free.append(UInt8(ascii: isJSON ? "," : " "))
        if isJSON { free.append(UInt8(ascii: "\"")) }
        unsafe append(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), to: &free)
        if isJSON { free.append(UInt8(ascii: "\"")) }
        free.append(UInt8(ascii: isJSON ? ":" : "="))
    }

    // MARK: - Bytes

    private mutating func raw(_ text: StaticString) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func number(_ value: Int) {
        // From the last digit on, because a division by a constant costs a tenth of another one.
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        var rest = value.magnitude
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        bytes.append(addingCapacity: 21) { free in
            if value < 0 { free.append(UInt8(ascii: "-")) }
            for index in first..<20 { free.append(digits[index]) }
        }
    }

    private mutating func text(_ text: String, isQuoted: Bool) {
        if isQuoted { bytes.append(UInt8(ascii: "\"")) }
        let utf8 = text.utf8Span.span
        var index = 0
        let end = min(utf8.count, Self.textBytesLimit)
        while index < end {
            var runEnd = index
            while runEnd < end, Self.isPlain(utf8[runEnd]) { runEnd += 1 }
            if runEnd > index {
                // The pointer lives for this call, as the span does.
                unsafe utf8.extracting(index..<runEnd).withUnsafeBufferPointer {
                    unsafe bytes.append(contentsOf: $0)
                }
            }
            index = runEnd
            if index < end { index = special(utf8, at: index) }
        }
        if utf8.count > Self.textBytesLimit { raw("…") }
        if isQuoted { bytes.append(UInt8(ascii: "\"")) }
    }

    /// Writes one character that may not stand as it is; gives the place behind it.
    private mutating func special(_ utf8: Span<UInt8>, at index: Int) -> Int {
        let byte = utf8[index]
        switch byte {
        case UInt8(ascii: "_"):
            bytes.append(byte)
            guard Self.isSecretPrefix(utf8, endingAt: index) else { return index + 1 }
            raw("***")
            var end = index + 1
            while end < utf8.count, Self.isSecretCharacter(utf8[end]) { end += 1 }
            return end
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
            return index + 1
        case 0x80...:
            // A String's UTF-8 is valid: the first byte tells the length.
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
            if let scalar = Self.harmfulScalar(utf8, at: index) {
                escape(scalar)
            } else {
                for offset in 0..<length { bytes.append(utf8[index + offset]) }
            }
            return index + length
        default:
            escape(UInt32(byte))
            return index + 1
        }
    }

    /// `\u001b`
    private mutating func escape(_ scalar: UInt32) {
        raw("\\u")
        for shift: UInt32 in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: scalar >> shift & 0xF)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    // MARK: - What is special

    // Comparisons rather than a table, whose initialization would be asked for at every byte.
    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte &- 0x20 < 0x5F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "_")
    }

    private static func needsQuotes(_ text: String) -> Bool {
        let utf8 = text.utf8Span.span
        for index in utf8.indices {
            let byte = utf8[index]
            if byte &- 0x21 >= 0x5E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
                || byte == UInt8(ascii: "=")
            {
                return true
            }
        }
        return false
    }

    /// C1 controls, which terminals obey (U+0080–9F), line and paragraph separators and what turns the direction of
    /// writing (U+2028–202E, U+2066–2069).
    private static func harmfulScalar(_ utf8: Span<UInt8>, at index: Int) -> UInt32? {
        switch (utf8[index], utf8[index + 1]) {
        case (0xC2, let second) where second < 0xA0: return UInt32(second)
        case (0xE2, 0x80) where (0xA8...0xAE).contains(utf8[index + 2]): return 0x2000 + UInt32(utf8[index + 2] & 0x3F)
        case (0xE2, 0x81) where (0xA6...0xA9).contains(utf8[index + 2]): return 0x2040 + UInt32(utf8[index + 2] & 0x3F)
        default: return nil
        }
    }

    private static func holdsSecret(_ utf8: Span<UInt8>) -> Bool {
        utf8.indices.contains { utf8[$0] == UInt8(ascii: "_") && isSecretPrefix(utf8, endingAt: $0) }
    }

    /// `fxt_` begins an access token, `whsec_` a secret key of Standard Webhooks.
    private static func isSecretPrefix(_ utf8: Span<UInt8>, endingAt index: Int) -> Bool {
        ends(utf8, at: index, with: "fxt") || ends(utf8, at: index, with: "whsec")
    }

    private static func ends(_ utf8: Span<UInt8>, at index: Int, with prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard index >= count else { return false }
        for offset in 0..<count {
            guard unsafe utf8[index - count + offset] | 0x20 == prefix.utf8Start[offset] else { return false }
        }
        return true
    }

    private static func isSecretCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }

    private static func name(of level: Logger.Level) -> StaticString {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    /// syslog(3)'s numbers.
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
