import JSONText

/// A body of `application/x-www-form-urlencoded` (URL Standard §5.1): how GitHub and Slack wrap JSON, if they are asked to.
package struct FormBody: Sendable, Equatable {
    package static let fieldsLimit = 256

    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: [UInt8]
    }

    /// In the order they were sent.
    package let fields: [Field]

    /// - Throws: ``EventsError/formNotDecodable`` or ``EventsError/tooManyFields(limit:)``.
    package init(_ body: [UInt8]) throws(EventsError) {
        var fields: [Field] = []
        for part in body.split(separator: UInt8(ascii: "&")) {
            guard fields.count < Self.fieldsLimit else { throw .tooManyFields(limit: Self.fieldsLimit) }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = Self.decoded(part[..<equals]), let text = String(validating: name, as: UTF8.self),
                let value = Self.decoded(part[equals...].dropFirst())
            else { throw .formNotDecodable }
            fields.append(Field(name: text, value: value))
        }
        self.fields = fields
    }

    /// The value of the first field of that name.
    package subscript(name: String) -> [UInt8]? { fields.first { $0.name == name }?.value }

    /// The fields as one JSON object of strings, the first of each name: what a slash command becomes.
    ///
    /// - Throws: ``EventsError/formNotDecodable`` for a value that is no UTF-8.
    package func json() throws(EventsError) -> [UInt8] {
        var json: [UInt8] = [UInt8(ascii: "{")]
        var names: Set<String> = []
        for field in fields where names.insert(field.name).inserted {
            guard let value = String(validating: field.value, as: UTF8.self) else { throw .formNotDecodable }
            if names.count > 1 { json.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(field.name, to: &json)
            json.append(UInt8(ascii: ":"))
            JSONWriter.appendString(value, to: &json)
        }
        json.append(UInt8(ascii: "}"))
        return json
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(HeaderText.hexadecimalValue),
                    let low = rest.popFirst().flatMap(HeaderText.hexadecimalValue)
                else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
