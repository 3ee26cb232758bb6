import Testing

@testable import Events

struct Base64TextTests {
    /// RFC 4648 §10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `what is written is read`(text: String, encoded: String) {
        var output: [UInt8] = []
        Base64Text.append(Array(text.utf8), to: &output)
        #expect(String(decoding: output, as: UTF8.self) == encoded)
        #expect(Base64Text.decoded(encoded) == Array(text.utf8))
    }

    @Test func `every byte survives, whatever stands beside it`() {
        for length in 0...5 {
            for byte in UInt8.min...UInt8.max {
                let bytes = (0..<length).map { byte &+ UInt8($0) &* 37 }
                var output: [UInt8] = []
                Base64Text.append(bytes, to: &output)
                #expect(Base64Text.decoded(String(decoding: output, as: UTF8.self)) == bytes)
            }
        }
    }

    @Test(arguments: ["Zg", "Zg=", "Z===", "Zm9v\n", "Zm-v", "=Zg=", "Zg==Zg=="])
    func `what is no base64 is not decoded`(text: String) {
        #expect(Base64Text.decoded(text) == nil)
    }
}
