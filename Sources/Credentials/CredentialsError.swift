import Authentication
import Glibc

/// Why credentials cannot be read or changed. No case carries a secret.
package enum CredentialsError: Error, Equatable, Sendable {
    /// A system call failed; `credentials.json` is the old one or the new one, never a mixture.
    case system(call: String, path: String, errno: Int32)
    case missing(path: String)
    /// Group or others may read it; what was in it may be known already.
    case exposed(path: String, mode: UInt32)
    case tooLarge(path: String, bytesLimit: Int)
    case notJSON(path: String)
    case unknownVersion(path: String, version: Int)
    /// `member`: where in the document, `tokens[3].tenant`.
    case invalidMember(path: String, member: String)
    /// Another process has held the lock for all the time we were ready to wait.
    case locked(path: String)

    case tenantInvalid(String)
    case nameInvalid
    case scopeMissing
    case scopeUnknown(String)
    case globInvalid(String)
    case tooManyGlobs(limit: Int)
    case expiryInPast
    case secretLengthWrong(bytesCount: Int)
    case secretNotText
    /// The provider's secrets have a form, and this one has not.
    case secretFormatWrong(WebhookProvider)
    case settingsInvalid(WebhookSettingsError)
    /// Revoked, or expired.
    case secretKeyEnded(id: String)
    /// The key has two good secrets already.
    case rotationUnderWay(id: String, untilSeconds: Int64)
    /// A live key of any tenant has this secret; which of the two had signed could not be told.
    case secretTaken(keyID: String)
    case tooManyCredentials(limit: Int)
    case unknownToken(id: String)
    case unknownSecretKey(id: String)
}

extension CredentialsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .system(let call, let path, let errno): unsafe "\(path): \(call): \(String(cString: strerror(errno)))"
        case .missing(let path):
            "\(path) does not exist; make the first credential with: "
                + "fxctl --config FILE token create --tenant TENANT --name NAME --scope events:write"
        case .exposed(let path, let mode):
            "\(path) holds secrets and has mode 0\(String(mode, radix: 8)), so others than its owner can read it; run: "
                + "chmod 600 \(path)"
        case .tooLarge(let path, let limit): "\(path) would be larger than \(limit) bytes"
        case .notJSON(let path): "\(path) is not JSON of the documented shape (jq . \(path) tells where)"
        case .unknownVersion(let path, let version): "\(path) has version \(version); this program knows version 1"
        case .invalidMember(let path, let member): "\(path): \(member) is missing or has a value that is not allowed"
        case .locked(let path): "\(path) is being changed by another process; try again"
        case .tenantInvalid(let name): "\"\(name)\" is no tenant: 1 to 63 of a-z 0-9 . _ -, the first a letter or digit"
        case .nameInvalid: "a name has 1 to \(CredentialRequest.nameBytesLimit) bytes and no control characters"
        case .scopeMissing: "a credential needs a scope: \(Scopes.allNames.joined(separator: ", "))"
        case .scopeUnknown(let name): "\"\(name)\" is no scope; there are \(Scopes.allNames.joined(separator: ", "))"
        case .globInvalid(let pattern):
            "\"\(pattern.prefix(80))\" is no pattern: 1 to \(Glob.patternBytesLimit) bytes and no control characters"
        case .tooManyGlobs(let limit): "more than \(limit) patterns for one credential"
        case .expiryInPast: "the expiry has passed already"
        case .secretLengthWrong(let count):
            "the secret has \(count) bytes; "
                + "\(CredentialStore.secretBytes.lowerBound) to \(CredentialStore.secretBytes.upperBound) are taken"
        case .secretNotText: "the secret is not one line of UTF-8 text without control characters"
        case .secretFormatWrong(let provider):
            "this is no secret of the provider \(provider.rawValue): Standard Webhooks' are whsec_ and base64, or whpk_ and "
                + "the base64 of a public key; a gitlab key's may also be any text without these prefixes"
        case .settingsInvalid(let error): error.description
        case .secretKeyEnded(let id): "secret key \(id) is revoked or has expired; make a new one"
        case .rotationUnderWay(let id, let until):
            "the secret that key \(id) had before is good until \(CalendarTime.format(until)), and a key has at most two; "
                + "wait for that, or end it now with --force"
        case .secretTaken(let id): "secret key \(id) has this secret already; every key needs its own"
        case .tooManyCredentials(let limit): "there are \(limit) credentials, the most this file may hold"
        case .unknownToken(let id): "there is no token \(id)"
        case .unknownSecretKey(let id): "there is no secret key \(id)"
        }
    }
}
