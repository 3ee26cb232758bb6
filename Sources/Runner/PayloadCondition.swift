import JSONText

/// Something that must hold for an event's payload: `/order/region` is `"eu"`.
package struct PayloadCondition: Sendable, Equatable {
    package enum Test: Sendable, Equatable {
        case exists(Bool)
        /// The value is a scalar and one of these.
        case isOneOf([JSONScalar])
    }

    package let pointer: JSONPointer
    package let test: Test

    package init(pointer: JSONPointer, test: Test) {
        self.pointer = pointer
        self.test = test
    }

    /// - Parameter payload: nil if there is none, or none that is JSON: then nothing exists in it.
    package func holds(for payload: Range<Int>?, of bytes: [UInt8]) -> Bool {
        let found = payload.flatMap { pointer.value(in: $0, of: bytes) }
        switch test {
        case .exists(let isExpected): return (found != nil) == isExpected
        case .isOneOf(let scalars):
            guard let found, let scalar = JSONScalar(found, in: bytes) else { return false }
            return scalars.contains(scalar)
        }
    }
}

extension JSONPointer {
    /// The value it points to; nil if there is none.
    ///
    /// - Parameter range: one valid JSON value.
    func value(in range: Range<Int>, of bytes: [UInt8]) -> JSONValue? {
        // What is on the spool was held to limits when it came in; a level and a member take more than a byte each.
        let document = try? JSONScanner.members(
            of: bytes, in: range, depthLimit: range.count, membersLimit: range.count)
        return document.flatMap { value(in: $0, of: bytes) }
    }
}
