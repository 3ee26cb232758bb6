/// nginx as it is installed here, asked by its own command.
struct NginxInstallation {
    /// The main configuration file; nil for the one that nginx uses by itself.
    let config: String?
    /// `-p`
    let prefix: String?

    /// The whole configuration, all includes in place, or what nginx objects to.
    func dump() -> CommandRun? { run("-T") }

    /// `1.22.1`; nil if there is no nginx.
    var version: String? {
        CommandRun(["nginx", "-v"]).flatMap { run in
            run.output.split(separator: "/").dropFirst().first.map { String($0.prefix { $0.isNumber || $0 == "." }) }
        }
    }

    private func run(_ flag: String) -> CommandRun? {
        CommandRun(["nginx", flag] + (prefix.map { ["-p", $0] } ?? []) + (config.map { ["-c", $0] } ?? []))
    }
}

/// What `nginx -T` has printed.
struct NginxConfiguration {
    /// Directives without comments, each with its arguments: `["server", "unix:/run/…", "max_fails=0"]`.
    private let directives: [[String]]

    init(dump: String) {
        var text = ""
        for line in dump.split(separator: "\n") {
            // nginx's own verdict stands before the files.
            if line.hasPrefix("nginx: ") || line.drop(while: { $0 == " " || $0 == "\t" }).hasPrefix("#") { continue }
            // Good enough for what is looked for: a "#" inside of quotes would need a space before it.
            text += (line.firstRange(of: " #").map { line[..<$0.lowerBound] } ?? line) + "\n"
        }
        directives = text.split { $0 == ";" || $0 == "{" || $0 == "}" }.map { directive in
            directive.split { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\"" || $0 == "'" }.map { String($0) }
        }
    }

    func has(_ name: String, _ argument: String) -> Bool {
        directives.contains { $0.first == name && $0.dropFirst().first == argument }
    }

    func values(of name: String) -> [[String]] {
        directives.filter { $0.first == name }.map { Array($0.dropFirst()) }
    }

    /// The user of its workers.
    var user: String { values(of: "user").first?.first ?? "nobody" }

    /// `26m` → 27262976; nil for what is no size (nginx's "Configuration file measurement units").
    static func bytes(_ text: String) -> Int? {
        let units = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        guard let last = text.last, let unit = units[last.lowercased()] else { return Int(text) }
        return Int(text.dropLast()).map { $0 * unit }
    }
}
