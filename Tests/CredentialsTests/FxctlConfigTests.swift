import FoundationEssentials
import Glibc
import Testing

@Suite("fxctl config")
struct FxctlConfigTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.path + "/fx-bridge.yaml" }

    private struct Report: Decodable {
        struct Setting: Decodable, Equatable {
            var key: String
            var value: String
            var source: String
            var line: Int?
            var variable: String?
            var live: Bool
        }
        var file: String
        var settings: [Setting]
    }

    private func fxctl(_ arguments: String..., environment: [String] = []) -> FxctlRun {
        FxctlRun(["--config", path, "config"] + arguments, in: directory, environment: environment)
    }

    @Test func `shows every setting with its source`() throws {
        writeFile(path, "log:\n  level: debug\nspool:\n  directory: here\n")
        let run = fxctl("show", "--json", "--set", "log.sample=9", environment: ["FX_LOG_FORMAT=json"])
        #expect(run.status == 0, "\(run.errors)")
        let report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
        #expect(report.file == path)
        #expect(report.settings.count > 30)
        let settings = Dictionary(report.settings.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        #expect(
            settings["log.level"]
                == .init(key: "log.level", value: "debug", source: "file", line: 2, variable: nil, live: true))
        #expect(
            settings["log.format"]
                == .init(
                    key: "log.format", value: "json", source: "environment", line: nil, variable: "FX_LOG_FORMAT",
                    live: true))
        #expect(settings["log.sample"]?.source == "flag")
        #expect(settings["spool.directory"]?.value == directory.path + "/here")
        #expect(settings["fastcgi.workers"]?.source == "default")
    }

    @Test func `shows in a table what differs from the defaults`() {
        writeFile(path, "log:\n  level: debug\nfastcgi:\n  workers: 2\n")
        let run = fxctl("show", "--changed")
        #expect(
            run.output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) } == [
                ["SETTING", "VALUE", "CHANGES", "ON", "FROM"],
                ["fastcgi.workers", "2", "restart", "\(path):4".substring],
                ["log.level", "debug", "SIGHUP", "\(path):2".substring],
            ])
    }

    @Test func `tells what is wrong with its place, and ends with 1`() {
        writeFile(path, "log:\n  levle: debug\n")
        let run = fxctl("show", "--json")
        #expect(run.status == 1 && run.output.isEmpty)
        #expect(run.errors.contains("\(path):2:3: unknown key \"log.levle\""))
    }

    @Test func `explains the defaults without any file`() throws {
        let run = fxctl("defaults")
        #expect(run.status == 0)
        #expect(run.output.contains("log.level: info\n    The least severe lines"))
        #expect(fxctl("defaults", "--json").output.contains(#""variable":"FX_LOG_LEVEL""#))
    }
}

extension String {
    fileprivate var substring: Substring { self[...] }
}
