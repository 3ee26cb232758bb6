/// The host of a URI in square brackets: `[2001:db8::1]`, `[v1.x]` (RFC 3986 §3.2.2).
enum IPLiteral {
    static func isValid(_ host: ArraySlice<UInt8>) -> Bool {
        guard host.count > 2, host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") else { return false }
        let address = host.dropFirst().dropLast()
        return isVersion6(address) || isFuture(address)
    }

    /// Eight groups of four hexadecimal digits, the last two perhaps in dotted form; one `::` may stand for the missing.
    private static func isVersion6(_ address: ArraySlice<UInt8>) -> Bool {
        let colon = UInt8(ascii: ":")
        let double = address.indices.dropLast().first { address[$0] == colon && address[$0 + 1] == colon }
        guard let double else { return groups(in: address, mayEndDotted: true) == 8 }
        // A second `::` leaves an empty group on the right, which is none.
        guard let left = groups(in: address[..<double], mayEndDotted: false),
            let right = groups(in: address[(double + 2)...], mayEndDotted: true)
        else { return false }
        return left + right <= 7
    }

    /// How many groups of 16 bits are written; `nil` if something else is.
    private static func groups(in part: ArraySlice<UInt8>, mayEndDotted: Bool) -> Int? {
        guard !part.isEmpty else { return 0 }
        let pieces = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var count = 0
        for (index, piece) in pieces.enumerated() {
            if (1...4).contains(piece.count), piece.allSatisfy(EventSource.isHexadecimalDigit) {
                count += 1
            } else if mayEndDotted, index == pieces.count - 1, isVersion4(piece) {
                count += 2
            } else {
                return nil
            }
        }
        return count
    }

    private static func isVersion4(_ address: ArraySlice<UInt8>) -> Bool {
        let octets = address.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return octets.count == 4
            && octets.allSatisfy { octet in
                guard (1...3).contains(octet.count), octet.allSatisfy(EventSource.isDigit) else { return false }
                let number = octet.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
                return number <= 255 && (octet.count == 1 || octet.first != UInt8(ascii: "0"))
            }
    }

    /// `"v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`.
    private static func isFuture(_ address: ArraySlice<UInt8>) -> Bool {
        guard let dot = address.firstIndex(of: UInt8(ascii: ".")), let first = address.first,
            first | 0x20 == UInt8(ascii: "v")
        else { return false }
        let version = address[..<dot].dropFirst()
        let rest = address[(dot + 1)...]
        return !version.isEmpty && version.allSatisfy(EventSource.isHexadecimalDigit) && !rest.isEmpty
            && rest.allSatisfy {
                EventSource.isUnreserved($0) || EventSource.isSubDelimiter($0) || $0 == UInt8(ascii: ":")
            }
    }
}
