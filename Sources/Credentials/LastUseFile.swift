import Authentication
import FoundationEssentials

/// The file in which the responder keeps when credentials were last used, for `fxctl` and for its own next start.
///
/// ```json
/// {"version":1,"uses":[{"id":"k3v9x0q2m1zt","last_used":"2026-01-02T03:04:05Z"},
///   {"id":"q8w2n5c7b4ya","secret":"2026-01-01T00:00:00Z","last_used":"2026-01-02T03:04:05Z"}]}
/// ```
/// `secret` is the moment at which that secret of the key was made. The responder alone writes it, seconds late, so that
/// a crash loses the last uses; nothing is decided by it.
package struct LastUseFile: Sendable {
    private static let version = 1

    private let file: CredentialFile

    private struct Document: Codable {
        struct Use: Codable {
            var id: String
            var secret: String?
            var lastUsed: String

            enum CodingKeys: String, CodingKey {
                case id, secret
                case lastUsed = "last_used"
            }
        }

        var version: Int
        var uses: [Use]
    }

    package init(path: String) {
        file = CredentialFile(path: path)
    }

    /// What is known; nothing before the file was first written.
    ///
    /// - Throws: ``CredentialsError`` if the file is there and cannot be read.
    package func read() throws(CredentialsError) -> [CredentialUse] {
        let bytes: [UInt8]
        do throws(CredentialsError) {
            bytes = try file.read().bytes
        } catch .missing {
            return []
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)),
            document.version == Self.version
        else { throw .notJSON(path: file.path) }
        return document.uses.compactMap { use in
            guard let seconds = CalendarTime.parse(use.lastUsed) else { return nil }
            let created = use.secret.map { CalendarTime.parse($0) }
            if let created, created == nil { return nil }
            return CredentialUse(
                credentialID: use.id, secretCreatedSeconds: created ?? nil, lastUsedSeconds: seconds)
        }
    }

    /// Puts these in the place of what was known; what was never used is left out.
    package func write(_ uses: [CredentialUse]) throws(CredentialsError) {
        let document = Document(
            version: Self.version,
            uses: uses.compactMap { use in
                use.lastUsedSeconds.map { seconds in
                    Document.Use(
                        id: use.credentialID, secret: use.secretCreatedSeconds.map(CalendarTime.format),
                        lastUsed: CalendarTime.format(seconds))
                }
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else { preconditionFailure("strings and arrays always encode") }
        try file.replace(with: Array(data) + [UInt8(ascii: "\n")])
    }
}
