/// `application/x-www-form-urlencoded` with one field, `payload`, as GitHub and Slack send JSON in it.
enum FormText {
    enum Spaces {
        case plus, percent
    }

    /// The decoded text of the field `payload`; nil if the body is no such form.
    static func payload(of body: [UInt8]) -> [UInt8]? {
        for field in body.split(separator: UInt8(ascii: "&")) where field.starts(with: "payload=".utf8) {
            return decoded(field.dropFirst(8))
        }
        return nil
    }

    /// The form whose field `payload` is this text.
    static func form(payload: [UInt8], spaces: Spaces) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var text = Array("payload=".utf8)
        text.reserveCapacity(payload.count * 2)
        for byte in payload {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                text.append(byte)
            case UInt8(ascii: " ") where spaces == .plus: text.append(UInt8(ascii: "+"))
            default: text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return text
    }

    private static func decoded(_ field: ArraySlice<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        text.reserveCapacity(field.count)
        var rest = field
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): text.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(Hex.nibble), let low = rest.popFirst().flatMap(Hex.nibble)
                else { return nil }
                text.append(high << 4 | low)
            default: text.append(byte)
            }
        }
        return text
    }
}
