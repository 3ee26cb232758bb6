import ArgumentParser
import Authentication
import Credentials

/// A secret that the operator brings.
struct SecretOption: ParsableArguments {
    @Option(help: "Only \"-\": read the secret from standard input instead of making one.")
    var secret: String?

    /// The secret on standard input, one newline at its end taken off; nil if one shall be made.
    func read() throws -> Secret? {
        guard let secret else { return nil }
        guard secret == "-" else {
            throw ValidationError(
                "a secret never goes on a command line, where other users and the shell's history see it; "
                    + "write --secret - and give it on standard input")
        }
        let limit = CredentialStore.secretBytes.upperBound
        guard var bytes = StandardStreams.readInput(bytesLimit: limit + 2) else { throw CommandError.inputUnusable }
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CommandError.inputUnusable }
        return Secret(text)
    }
}
