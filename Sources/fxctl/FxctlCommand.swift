import ArgumentParser
import Settings

/// `fxctl`, the operator's tool: looks after what the responder reads and has written.
///
/// Exit status: 0 done, 1 failed, 2 wrong usage. Failures are one line on standard error; with `--json` standard output
/// is exactly one JSON document, or nothing where the command failed.
struct FxctlCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fxctl",
        abstract: "Looks after an FX Event Bridge: its credentials, its spool and its index.",
        version: ProductVersion.text,
        subcommands: [
            TokenCommand.self, SecretCommand.self, VerifyCommand.self, SignCommand.self, SpoolCommand.self,
            QuarantineCommand.self, EventCommand.self, ExecutionCommand.self, IndexCommand.self, ConfigCommand.self,
            DoctorCommand.self,
        ])

    /// ArgumentParser hands the root's group down to every command that has one of the same type, so these options
    /// are understood before and after the command's name.
    @OptionGroup var common: CommonOptions

    func run() throws {
        throw ValidationError(
            "a command is missing: token, secret, verify, sign, spool, quarantine, event, execution, index, config or "
                + "doctor")
    }

    /// Parses, runs, reports; never exits itself.
    static func run(arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return 0
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> Int32 {
        let status = exitCode(for: error)
        if status == .success {
            // --help
            return StandardStreams.write(fullMessage(for: error) + "\n", to: .output) ? 0 : 1
        }
        let isUsage = status == .validationFailure
        // Behind the first line ArgumentParser explains the whole command.
        let sentence = isUsage ? String(message(for: error).prefix { $0 != "\n" }) : "\(error)"
        for line in sentence.split(separator: "\n") {
            StandardStreams.write("fxctl: \(line)\n", to: .error)
        }
        return isUsage ? 2 : 1
    }
}
