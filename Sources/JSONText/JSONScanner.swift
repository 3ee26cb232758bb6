/// Scans bytes for one JSON text (RFC 8259) and tells where its parts lie.
///
/// Strict: everything the grammar does not allow is refused, and so are lone surrogate escapes and invalid UTF-8.
/// Nothing is converted: `1E400` and integers of thirty digits are valid and stay the bytes they are. Time is linear
/// in the length of the text, and neither depth nor length can exhaust the stack.
package enum JSONScanner {
    /// How many members a scan collects unless told otherwise.
    ///
    /// An event request has three, GitHub's largest bodies some thirty. The limit bounds what a hostile body costs in
    /// memory and in the comparisons of its names: 40 bytes a member, 40 KiB in all, whatever the body's size.
    package static let membersLimit = 1024

    /// Checks that the bytes, or a part of them, are one JSON text.
    ///
    /// - Parameter depthLimit: how many objects and arrays may be open at once; `[[]]` needs 2.
    package static func validate(
        _ bytes: [UInt8], in range: Range<Int>? = nil, depthLimit: Int
    ) throws(JSONTextError) -> JSONValue {
        let range = range ?? bytes.indices
        let span = bytes.span.extracting(..<range.upperBound)
        var cursor = JSONCursor(at: range.lowerBound)
        try cursor.beginText(span)
        let root = try cursor.value(span, enclosing: 0, depthLimit: depthLimit)
        try cursor.endText(span)
        return root
    }

    /// Checks that the bytes, or a part of them, are one JSON text, and collects its root's members in the same pass.
    ///
    /// - Throws: besides what ``validate(_:in:depthLimit:)`` throws, ``JSONTextError/tooManyMembers(offset:limit:)``.
    package static func members(
        of bytes: [UInt8], in range: Range<Int>? = nil, depthLimit: Int, membersLimit: Int = membersLimit
    ) throws(JSONTextError) -> JSONDocument {
        var members: [JSONMember] = []
        let root = try eachMember(of: bytes, in: range, depthLimit: depthLimit) {
            member throws(JSONTextError) in
            guard members.count < membersLimit else {
                throw .tooManyMembers(offset: member.name.lowerBound, limit: membersLimit)
            }
            // Most of our objects fit, so that one allocation is enough.
            if members.isEmpty { members.reserveCapacity(min(16, membersLimit)) }
            members.append(member)
        }
        return JSONDocument(root: root, members: members)
    }

    /// Checks that the bytes, or a part of them, are one JSON text, and collects its root's elements in the same pass.
    ///
    /// - Throws: besides what ``validate(_:in:depthLimit:)`` throws, ``JSONTextError/tooManyElements(offset:limit:)``.
    package static func elements(
        of bytes: [UInt8], in range: Range<Int>? = nil, depthLimit: Int, elementsLimit: Int
    ) throws(JSONTextError) -> JSONList {
        let range = range ?? bytes.indices
        let span = bytes.span.extracting(..<range.upperBound)
        var cursor = JSONCursor(at: range.lowerBound)
        var elements: [JSONValue] = []
        try cursor.beginText(span)
        let root: JSONValue
        if cursor.byte(span) == UInt8(ascii: "[") {
            root = try cursor.array(span, depthLimit: depthLimit) { element throws(JSONTextError) in
                guard elements.count < elementsLimit else {
                    throw .tooManyElements(offset: element.range.lowerBound, limit: elementsLimit)
                }
                elements.append(element)
            }
        } else {
            root = try cursor.value(span, enclosing: 0, depthLimit: depthLimit)
        }
        try cursor.endText(span)
        return JSONList(root: root, elements: elements)
    }

    /// Finds a member of an object without collecting the others, so that their number has no limit.
    ///
    /// Of several with the same name the last one counts, as it does for the readers of the event (Python, JavaScript,
    /// jq). `nil` if there is none, or if the value is no object.
    package static func member(
        _ name: String, of bytes: [UInt8], in range: Range<Int>? = nil, depthLimit: Int
    ) throws(JSONTextError) -> JSONValue? {
        var found: JSONValue?
        _ = try eachMember(of: bytes, in: range, depthLimit: depthLimit) { member throws(JSONTextError) in
            if member.isNamed(name, in: bytes) { found = member.value }
        }
        return found
    }

    @inline(__always)
    private static func eachMember(
        of bytes: [UInt8], in range: Range<Int>?, depthLimit: Int,
        visit: (JSONMember) throws(JSONTextError) -> Void
    ) throws(JSONTextError) -> JSONValue {
        let range = range ?? bytes.indices
        let span = bytes.span.extracting(..<range.upperBound)
        var cursor = JSONCursor(at: range.lowerBound)
        try cursor.beginText(span)
        let root: JSONValue
        if cursor.byte(span) == UInt8(ascii: "{") {
            root = try cursor.object(span, depthLimit: depthLimit, visit: visit)
        } else {
            root = try cursor.value(span, enclosing: 0, depthLimit: depthLimit)
        }
        try cursor.endText(span)
        return root
    }
}
