import Authentication
import Foundation
import Testing

struct BodyDigestTests {
    /// RFC 9530 §B.1: `{"hello": "world"}` and a newline.
    @Test func `the digest of the RFC's example is the RFC's`() {
        let body = Array("{\"hello\": \"world\"}\n".utf8)
        #expect(BodyDigest.field(of: body) == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:")
    }

    @Test func `an empty body has a digest too`() {
        #expect(BodyDigest.field(of: []) == "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")
    }
}
