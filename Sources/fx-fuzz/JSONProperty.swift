@testable import JSONText

/// Whatever the scanner takes lies within its bytes, and every way to scan takes the same.
enum JSONProperty {
    private static let depthLimit = 64

    static func check(_ input: [UInt8]) {
        let root = try? JSONScanner.validate(input, depthLimit: depthLimit)
        let document = try? JSONScanner.members(of: input, depthLimit: depthLimit, membersLimit: .max)
        let list = try? JSONScanner.elements(of: input, depthLimit: depthLimit, elementsLimit: .max)
        precondition(root == document?.root && root == list?.root, "three scans, two opinions")
        guard let root, let document, let list else { return }
        precondition(root.range.lowerBound >= 0 && root.range.upperBound <= input.count)

        for member in document.members {
            precondition(
                root.range.lowerBound < member.name.lowerBound && member.value.range.upperBound < root.range.upperBound)
            precondition(member.isNamed(member.decodedName(in: input), in: input), "a name is not its own")
            // A member's value alone is JSON of one level less.
            let alone = try? JSONScanner.validate(input, in: member.value.range, depthLimit: depthLimit - 1)
            precondition(alone?.range == member.value.range, "a part of a text is none")
        }
        for element in list.elements {
            let alone = try? JSONScanner.validate(input, in: element.range, depthLimit: depthLimit - 1)
            precondition(alone?.range == element.range)
        }

        // A string that was decoded and written again says the same.
        for member in document.members {
            let name = member.decodedName(in: input)
            var written: [UInt8] = []
            JSONWriter.appendString(name, to: &written)
            precondition(JSONString.decoded(0..<written.count, in: written) == name)
        }
    }
}
