import ArgumentParser
import DurableIO
import Settings
import Spool

/// `fxctl spool compress`: what the bridge does by itself with `spool.compression: zstd`.
struct CompressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compress",
        abstract: "Compresses the full files of the spool, all but the two newest of each log.",
        discussion:
            "A running bridge does not mind. fxctl, the bridge and its index read them as before; zstdcat does too.")

    @OptionGroup var common: CommonOptions

    func run() throws {
        let retention = SpoolRetention(of: try common.spoolLayout(), disk: LinuxDisk())
        let logs = try retention.compressions().map { Answer.Log(log: $0.log, try $0.run()) }
        try common.answer(Answer(logs: logs), orText: logs.map(\.text).joined(separator: "\n"))
    }

    /// `{"logs":[{"log":"events","segments":3,"bytesBefore":201326592,"bytesAfter":40265318}]}`
    struct Answer: Encodable {
        struct Log: Encodable {
            let log: String
            let segments: Int
            let bytesBefore: UInt64
            let bytesAfter: UInt64

            init(log: String, _ outcome: LogCompression.Outcome) {
                self.log = log
                segments = outcome.segments
                bytesBefore = outcome.bytesBefore
                bytesAfter = outcome.bytesAfter
            }

            var text: String {
                segments == 0
                    ? "\(log): nothing to compress"
                    : "\(log): compressed \(segments) files from \(bytesBefore) to \(bytesAfter) bytes"
            }
        }

        let logs: [Log]
    }
}
