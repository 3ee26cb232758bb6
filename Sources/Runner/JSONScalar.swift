import JSONText
import Settings

/// A JSON value that can be compared: 1, 1.0 and 10e-1 are one number, and so are two of thirty digits.
package enum JSONScalar: Sendable, Hashable {
    case string(String)
    case number(Decimal)
    case boolean(Bool)
    case null

    /// Nil for objects and arrays.
    package init?(_ value: JSONValue, in bytes: [UInt8]) {
        switch value.kind {
        case .object, .array: return nil
        case .string: self = .string(value.string(in: bytes) ?? "")
        case .boolean: self = .boolean(bytes[value.range.lowerBound] == UInt8(ascii: "t"))
        case .null: self = .null
        case .number:
            guard let number = Decimal(bytes[value.range]) else { return nil }
            self = .number(number)
        }
    }

    /// What a YAML scalar means (YAML 1.2, core schema, decimal numbers only); nil for lists and mappings.
    package init?(_ node: YAMLNode) {
        guard case .scalar(let text, let isPlain) = node.content else { return nil }
        guard isPlain else {
            self = .string(text)
            return
        }
        switch text {
        case "true", "True", "TRUE": self = .boolean(true)
        case "false", "False", "FALSE": self = .boolean(false)
        default:
            if node.isNull {
                self = .null
            } else if let number = Decimal(yaml: text) {
                self = .number(number)
            } else {
                self = .string(text)
            }
        }
    }

    /// A decimal number of any size: `0.digits × 10^exponent`, the first and the last digit not 0; no digits for zero.
    package struct Decimal: Sendable, Hashable {
        let isNegative: Bool
        let digits: [UInt8]
        let exponent: Int

        private static let textBytesLimit = 4096

        /// - Parameter text: `-12.50e3`. Nil if it is no JSON number, or one longer than anybody means.
        init?(_ text: ArraySlice<UInt8>) {
            guard text.count <= Self.textBytesLimit,
                (try? JSONScanner.validate(Array(text), depthLimit: 1))?.kind == .number
            else { return nil }
            let mantissa = text.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
            let written = text.dropFirst(mantissa.count + 1)
            guard written.isEmpty || written.count < 16 else { return nil }
            // -12.50e3: digits 1250, two of them before the point, so 0.1250 × 10^(2 + 3).
            let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }.filter(Self.isDigit)
            let all = mantissa.filter(Self.isDigit)
            let leadingZeros = all.prefix { $0 == UInt8(ascii: "0") }.count
            var digits = Array(all.dropFirst(leadingZeros))
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            let shift = written.isEmpty ? 0 : Int(String(decoding: written, as: UTF8.self)) ?? 0
            self.digits = digits
            isNegative = !digits.isEmpty && text.first == UInt8(ascii: "-")
            exponent = digits.isEmpty ? 0 : whole.count - leadingZeros + shift
        }

        /// YAML allows a plus sign.
        init?(yaml text: String) {
            self.init(Array(text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...])[...])
        }

        private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    }
}
