/// A second opinion on what valid JSON is: recursive, slow, and written from the grammar alone.
///
/// Shares no code with the scanner. Returns the end of the text, or `nil` if it is not valid.
struct ReferenceChecker {
    let bytes: [UInt8]
    let depthLimit: Int

    static func accepts(_ bytes: [UInt8], depthLimit: Int = 128) -> Bool {
        // Invalid UTF-8 outside of strings is refused by the grammar anyway.
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        let checker = ReferenceChecker(bytes: bytes, depthLimit: depthLimit)
        return checker.value(checker.space(0), depth: 0).map { checker.space($0) } == bytes.count
    }

    private func at(_ index: Int) -> Character? {
        index < bytes.count ? Character(Unicode.Scalar(bytes[index])) : nil
    }

    private func space(_ start: Int) -> Int {
        var index = start
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        return index
    }

    private func value(_ start: Int, depth: Int) -> Int? {
        for literal in ["true", "false", "null"] where bytes[start...].starts(with: literal.utf8) {
            return start + literal.utf8.count
        }
        switch at(start) {
        case "\"": return string(start)
        case "{": return depth < depthLimit ? list(start, close: "}", depth: depth, isObject: true) : nil
        case "[": return depth < depthLimit ? list(start, close: "]", depth: depth, isObject: false) : nil
        default: return number(start)
        }
    }

    private func list(_ start: Int, close: Character, depth: Int, isObject: Bool) -> Int? {
        var index = space(start + 1)
        if at(index) == close { return index + 1 }
        while true {
            if isObject {
                guard at(index) == "\"", let name = string(index) else { return nil }
                index = space(name)
                guard at(index) == ":" else { return nil }
                index = space(index + 1)
            }
            guard let end = value(index, depth: depth + 1) else { return nil }
            index = space(end)
            if at(index) == close { return index + 1 }
            guard at(index) == "," else { return nil }
            index = space(index + 1)
        }
    }

    private func string(_ start: Int) -> Int? {
        var index = start + 1
        var high = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 { return nil }
            var unit: Int?
            var next = index + 1
            if byte == 0x5C {
                guard let escape = at(index + 1) else { return nil }
                next = index + 2
                if escape == "u" {
                    guard index + 6 <= bytes.count else { return nil }
                    let digits = bytes[(index + 2)..<(index + 6)]
                    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
                    unit = Int(String(decoding: digits, as: UTF8.self), radix: 16)
                    next = index + 6
                } else if !"\"\\/bfnrt".contains(escape) {
                    return nil
                }
            }
            let isLow = unit.map { (0xDC00...0xDFFF).contains($0) } ?? false
            if high != isLow { return nil }
            high = unit.map { (0xD800...0xDBFF).contains($0) } ?? false
            if byte == 0x22 { return next }
            index = next
        }
        return nil
    }

    private func number(_ start: Int) -> Int? {
        var index = start
        func digits() -> Bool {
            let first = index
            while let digit = at(index), ("0"..."9").contains(digit) { index += 1 }
            return index > first
        }
        if at(index) == "-" { index += 1 }
        let first = index
        guard digits() else { return nil }
        if at(first) == "0" && index > first + 1 { return nil }
        if at(index) == "." {
            index += 1
            guard digits() else { return nil }
        }
        if at(index) == "e" || at(index) == "E" {
            index += 1
            if at(index) == "+" || at(index) == "-" { index += 1 }
            guard digits() else { return nil }
        }
        return index
    }
}
