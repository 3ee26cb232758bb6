import ArgumentParser
import DurableIO
import Settings

/// `fxctl doctor`: looks at an installation from nginx down to the disk.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks the installation from top to bottom, and says what to do.",
        discussion: """
            Settings, files and their permissions, disk, clock, libfcgi, nginx and its site, the running bridge, and,
            with --url and --token-file, an event from end to end. It changes nothing but for that event. Run it as root,
            or as the bridge's user. Exit status: 0 nothing is wrong (there may be warnings), 1 something is.
            """)

    @OptionGroup var common: CommonOptions

    @Option(
        help: ArgumentHelp(
            "The operator's listener: http://127.0.0.1:9180, or unix: and the path of a socket.", valueName: "address"))
    var `operator` = "http://127.0.0.1:9180"

    @Option(
        help: ArgumentHelp(
            "nginx's main configuration file; without it the one that nginx uses by itself.", valueName: "file"))
    var nginxConfig: String?

    @Option(help: ArgumentHelp("nginx's prefix, if it is started with -p.", valueName: "directory"))
    var nginxPrefix: String?

    @Option(
        help: ArgumentHelp(
            "The public site as this machine reaches it, for an event from end to end.", valueName: "http-url"))
    var url: String?

    @Option(
        help: ArgumentHelp(
            "A file with an access token that may write events and read status; - is standard input.",
            valueName: "file"))
    var tokenFile: String?

    func validate() throws {
        guard (url == nil) == (tokenFile == nil) else {
            throw ValidationError("--url and --token-file go together")
        }
        for address in [self.operator, url].compactMap({ $0 }) {
            guard HTTPAddress(address) != nil else {
                throw ValidationError("\(address) is neither http://HOST:PORT nor unix:PATH")
            }
        }
    }

    func run() throws {
        var report = DoctorReport()
        do {
            let settings = try common.settings()
            report.ok("settings", common.settingsPath)
            let doctor = Doctor(settings: settings, nginx: NginxInstallation(config: nginxConfig, prefix: nginxPrefix))
            doctor.checkFiles(&report)
            doctor.checkMachine(&report)
            doctor.checkNginx(&report)
            doctor.checkService(&report, operatorAddress: self.operator)
            if let url, let tokenFile { doctor.checkEndToEnd(&report, url: url, token: try token(tokenFile)) }
        } catch let error as SettingsError {
            report.failed("settings", "\(error)", "mend the file; fxctl config defaults explains every key")
        }
        try common.answer(report, orText: report.text)
        if !report.healthy { throw CommandError.unhealthy }
    }

    private func token(_ file: String) throws -> String {
        let bytesLimit = 1024
        var bytes: [UInt8] = []
        if file == "-" {
            guard let input = StandardStreams.readInput(bytesLimit: bytesLimit) else {
                throw CommandError.inputUnusable
            }
            bytes = input
        } else {
            _ = try LinuxDisk().openFileForReading(file).read(into: &bytes, at: 0, count: bytesLimit)
        }
        // A token has no white space; the file that holds it ends with some.
        return String(decoding: bytes.filter { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
    }
}

/// What the checks look at.
struct Doctor {
    let settings: BridgeSettings
    let nginx: NginxInstallation
    let disk = LinuxDisk()
}
