import JSONText
import Testing

struct JSONListTests {
    @Test func `Elements come in their order, as slices of the text`() throws {
        let bytes = Array(" [ 1, \"x\" ,[ ],{\"a\":\n[]} , true ] ".utf8)
        let list = try JSONScanner.elements(of: bytes, depthLimit: 3, elementsLimit: 5)
        #expect(list.root.kind == .array)
        #expect(list.root.range == 1..<(bytes.count - 1))
        #expect(list.elements.map(\.kind) == [.number, .string, .array, .object, .boolean])
        #expect(list.elements.map(\.hasNewlines) == [false, false, false, true, false])
        let texts = list.elements.map { String(decoding: bytes[$0.range], as: UTF8.self) }
        #expect(texts == ["1", "\"x\"", "[ ]", "{\"a\":\n[]}", "true"])
    }

    @Test func `A root that is no array has no elements, nor has an empty one`() throws {
        for text in ["{\"a\":[1]}", "1", "\"a\"", "null", "[]", "[ \n ]"] {
            #expect(try JSONScanner.elements(of: Array(text.utf8), depthLimit: 2, elementsLimit: 0).elements.isEmpty)
        }
    }

    @Test func `A scan for elements accepts and refuses what validate does, for the same reason`() {
        let texts = [
            "[1 2]", "[1", "[1,]", "[,]", "[a]", "[1}", "[][]", "[", "[\"a", "[\"\\ud800\"]", "[[1,}", "[}", "", "{",
            "\u{FEFF}[]", "[tru]", "[1,2],", "[[[]]]", "[[[1]],2]",
        ]
        for text in texts {
            for depthLimit in 0...3 {
                let bytes = Array(text.utf8)
                let plain = Result { () throws(JSONTextError) in
                    try JSONScanner.validate(bytes, depthLimit: depthLimit)
                }
                let elements = Result { () throws(JSONTextError) in
                    try JSONScanner.elements(of: bytes, depthLimit: depthLimit, elementsLimit: 10).root
                }
                #expect(plain == elements, "\(text)")
            }
        }
    }

    @Test func `One element over the limit is an error of this scan only`() throws {
        let bytes = Array("[1,2,3]".utf8)
        #expect(try JSONScanner.elements(of: bytes, depthLimit: 1, elementsLimit: 3).elements.count == 3)
        #expect(throws: JSONTextError.tooManyElements(offset: 5, limit: 2)) {
            try JSONScanner.elements(of: bytes, depthLimit: 1, elementsLimit: 2)
        }
    }
}
