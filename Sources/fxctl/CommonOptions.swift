import ArgumentParser
import Authentication
import Credentials
import FoundationEssentials
import Glibc
import Settings
import Spool

/// What every command understands.
struct CommonOptions: ParsableArguments {
    static let defaultPath = "/etc/fx-bridge/fx-bridge.yaml"

    @Option(
        help: ArgumentHelp(
            "The bridge's settings file. Without it FX_CONFIG names it, or else it is \(defaultPath).",
            valueName: "file"))
    var config: String?

    @Flag(help: "Answer with one JSON document.")
    var json = false

    /// The settings as the responder reads them, environment and all.
    func settings(flags: [String] = []) throws(SettingsError) -> BridgeSettings {
        try BridgeSettings.read(path: settingsPath, environment: ProcessEnvironment.variables(), flags: flags)
    }

    var settingsPath: String { config ?? ProcessEnvironment.variables()["FX_CONFIG"] ?? Self.defaultPath }

    func credentialStore() throws(SettingsError) -> CredentialStore {
        CredentialStore(path: try settings().credentials.file)
    }

    /// When credentials were last used, as the responder has written it down; some seconds old.
    func lastUses() throws -> [CredentialUse] {
        try LastUseFile(path: SpoolLayout(root: try settings().spool.directory).lastUses).read()
    }

    /// Writes the answer in the form that was asked for.
    ///
    /// - Throws: ``CommandError/outputLost``: a token that nobody saw is no use to anybody.
    func answer(_ document: some Encodable, orText text: @autoclosure () -> String) throws {
        var output = text
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line = String(decoding: try encoder.encode(document), as: UTF8.self)
            output = { line }
        }
        guard StandardStreams.write(output() + "\n", to: .output) else { throw CommandError.outputLost }
    }

    /// Writes the answer in the form that was asked for, where JSON has to come out as it went in.
    ///
    /// - Throws: ``CommandError/outputLost``.
    func answer(json document: @autoclosure () -> [UInt8], orText text: @autoclosure () -> String) throws {
        let output = json ? String(decoding: document(), as: UTF8.self) : text()
        guard StandardStreams.write(output + "\n", to: .output) else { throw CommandError.outputLost }
    }

    static var nowSeconds: Int64 { Int64(time(nil)) }
}

/// Why a command failed, where no module says so.
enum CommandError: Error, CustomStringConvertible {
    case outputLost
    case inputUnusable
    /// The records that could be read were printed.
    case logIncomplete(findingsCount: Int)
    case indexDiffers
    /// The findings were told.
    case unhealthy
    case spoolDamaged
    /// It was made all the same.
    case copyDamaged
    /// The others were listed.
    case cursorsBroken(count: Int)
    case outsideLog(sequence: UInt64, logEnd: UInt64)
    case fileUnreadable(path: String, errno: Int32)
    case fileTooLarge(path: String, bytesLimit: Int)
    /// Why was said on standard output.
    case signatureRefused
    case cannotSign(RequestSigner.Failure)
    case noSuchExecution(id: String)
    case noSuchEvent(cid: String)
    /// Which ones, and why, was said on standard output.
    case notReplayed
    /// The bridge could not be asked, or said no.
    case request(String)

    var description: String {
        switch self {
        case .outputLost: "standard output cannot be written; what was to be shown is lost"
        case .inputUnusable:
            "standard input is no secret of at most \(CredentialStore.secretBytes.upperBound) bytes of UTF-8"
        case .logIncomplete(let count): "the log is not whole: \(count) places had to be skipped"
        case .spoolDamaged: "the spool is not whole"
        case .copyDamaged: "the copy is made, and what it was made of is not whole; fxctl spool verify tells where"
        case .cursorsBroken(let count):
            "\(count) cursor files tell nothing, so that nothing is trimmed; mend them, or fxctl spool consumers remove them"
        case .noSuchExecution(let id): "no execution has the id \(id)"
        case .noSuchEvent(let cid): "no event has the correlation id \(cid)"
        case .notReplayed: "some events were not replayed"
        case .request(let reason): reason
        case .outsideLog(let sequence, let logEnd):
            "\(sequence) is no place in the log: its next record will be \(logEnd)"
        case .fileUnreadable(let path, let errno): unsafe "\(path): \(String(cString: strerror(errno)))"
        case .fileTooLarge(let path, let limit): "\(path) has more than \(limit) bytes (limits.body_bytes)"
        case .signatureRefused: "the request would be refused"
        case .cannotSign(.noLiveSecret): "the key is revoked, has expired, or has no secret that is good"
        case .cannotSign(.publicKeyOnly):
            "the key has the sender's public key, which checks signatures and cannot make them"
        case .unhealthy: "something is wrong: see above"
        case .indexDiffers: "the index differs from the logs; fxctl index rebuild mends it"
        }
    }
}
