import Foundation
import Testing

@testable import Settings

@Suite("What is in force")
struct EffectiveSettingTests {
    @Test("is the flag's word, then the environment's, then the file's, then the default, and says whose")
    func origins() throws {
        let text = "log:\n  level: debug\n  sample: 7\nspool:\n  directory: here\n"
        let settings = try settings(
            text, environment: ["FX_LOG_SAMPLE": "8", "FX_LOG_FORMAT": "text"], flags: ["log.format=json"])
        #expect(settings.log.level == .debug && settings.log.sampling == 8 && settings.log.format == .json)
        let expected: [String: EffectiveSetting] = [
            "log.level": .init(text: "debug", origin: .file(line: 2)),
            "log.sample": .init(text: "8", origin: .environment(name: "FX_LOG_SAMPLE")),
            "log.format": .init(text: "json", origin: .flag),
            "spool.directory": .init(text: "/etc/fx/here", origin: .file(line: 5)),
            "index.file": .init(text: "/etc/fx/spool/index.sqlite", origin: .standard),
            "log.file": .init(text: "", origin: .standard),
        ]
        for (key, setting) in expected { #expect(settings.effective[key] == setting) }
        #expect(Set(settings.effective.keys) == Set(SettingDefinition.all.map(\.key)))
        #expect(SettingOrigin.file(line: 2).description(path: "x.yaml") == "x.yaml:2")
        #expect(SettingOrigin.environment(name: "FX_A").description(path: "x.yaml") == "environment variable FX_A")
    }

    @Test("of several flags for one key is the last")
    func lastFlag() throws {
        #expect(try settings("", flags: ["log.level=debug", "log.level=error"]).log.level == .error)
        #expect(try settings("", flags: ["events.generic_type=a=b"]).events.genericType == "a=b")
    }

    @Test("is never a flag that is wrong, and that names the flag")
    func wrongFlags() {
        #expect(
            problems("", flags: ["log.level=loud"]).first?.hasPrefix(
                "--set log.level: \"log.level\" is \"loud\" and must be one of trace") == true)
        #expect(problems("", flags: ["log.levle=info"]).first?.contains("unknown key \"log.levle\"") == true)
        #expect(
            problems("", flags: ["log.level"]) == [
                "--set log.level: must be a key and its value, such as log.level=debug"
            ])
        #expect(problems("", flags: [""]).count == 1)
    }

    @Test("can lie where systemd keeps credentials, and nowhere if it keeps none")
    func credentialsDirectory() throws {
        let text = "credentials:\n  file: $CREDENTIALS_DIRECTORY/credentials.json\n"
        let environment = ["CREDENTIALS_DIRECTORY": "/run/credentials/fx-bridge.service"]
        let settings = try settings(text, environment: environment)
        #expect(settings.credentials.file == "/run/credentials/fx-bridge.service/credentials.json")
        #expect(settings.effective["credentials.file"]?.text == settings.credentials.file)
        #expect(problems(text).count == 1)
        #expect(problems(text).first?.hasPrefix("2:3: \"credentials.file\" begins with $CREDENTIALS_DIRECTORY") == true)
    }

    @Test("changes in a running process only where a setting says so")
    func adoption() throws {
        var running = try settings("log:\n  level: info\nfastcgi:\n  workers: 2\n")
        let fresh = try settings("log:\n  level: debug\nfastcgi:\n  workers: 3\nlimits:\n  json_depth: 7\n")
        let differences = fresh.differences(from: running, for: .bridge)
        #expect(differences.map(\.key) == ["fastcgi.workers", "limits.json_depth", "log.level"])
        #expect(differences.map(\.isLive) == [false, true, true])
        let change = SettingsChange(differences, in: fresh, except: ["limits.json_depth"])
        #expect(change.changed == ["log.level=debug"] && change.needingRestart == ["fastcgi.workers"])
        #expect(SettingsChange([], in: fresh, except: []).changed == ["nothing"])
        let all = SettingsChange(SettingDefinition.all, in: fresh, except: [])
        #expect((all.changed + all.needingRestart).allSatisfy { $0.utf8.count <= 500 })
        #expect(
            all.needingRestart.flatMap { $0.components(separatedBy: ", ") }
                == SettingDefinition.all.filter { !$0.isLive }.map(\.key))
        running.adoptLive(from: fresh)
        #expect(running.log.level == .debug && running.limits.jsonDepth == 7 && running.fastCGI.workersCount == 2)
        #expect(fresh.differences(from: running, for: .bridge).map(\.key) == ["fastcgi.workers"])
    }
}
