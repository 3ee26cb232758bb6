import Foundation
import Testing

@testable import Settings

let deployedSettingsPath =
    "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/deploy/fx-bridge.yaml"

@Suite("The list of settings")
struct SettingDefinitionTests {
    @Test("has defaults that are allowed, and names that differ, in the environment too")
    func consistency() {
        var settings = BridgeSettings(directory: "/etc/fx-bridge")
        for definition in SettingDefinition.all {
            #expect(definition.store(definition.defaultText, &settings), "\(definition.key)")
            #expect(definition.summary.hasSuffix("."), "\(definition.key)")
            #expect(!definition.section.isEmpty && !definition.name.isEmpty, "\(definition.key)")
        }
        #expect(Set(SettingDefinition.all.map(\.key)).count == SettingDefinition.all.count)
        #expect(Set(SettingDefinition.all.map(\.environmentName)).count == SettingDefinition.all.count)
        #expect(SettingDefinition.all[1].environmentName == "FX_FASTCGI_SOCKET_MODE")
        #expect(SettingDefinition.listing().contains("log.level: info\n    The least severe"))
    }

    @Test("is what the README lists, with what a change comes with")
    func readme() throws {
        let path = deployedSettingsPath.replacing("deploy/fx-bridge.yaml", with: "README.md")
        let readme = try String(contentsOfFile: path, encoding: .utf8)
        // | `key`, `key` | default | what it is | SIGHUP |
        let rows = readme.split(separator: "\n").map { $0.split(separator: "|") }
            .filter { $0.count == 4 && $0[0].hasPrefix(" `") }
        var comes: [String: String] = [:]
        for row in rows {
            for key in row[0].split(separator: "`").filter({ $0.contains(".") }) {
                comes[String(key)] = row[3].trimmingCharacters(in: .whitespaces)
            }
        }
        for definition in SettingDefinition.all {
            #expect(comes[definition.key] == (definition.isLive ? "SIGHUP" : "a restart"), "\(definition.key)")
        }
    }

    @Test("is what deploy/fx-bridge.yaml documents: the same keys, defaults and sentences, in the same order")
    func deployedFile() throws {
        let bytes = try SettingsFile.read(deployedSettingsPath, bytesLimit: SettingsText.bytesLimit)
        let file = try SettingsText(bytes)
        #expect(file.problems.isEmpty)
        #expect(file.entries.map(\.key) == SettingDefinition.all.map(\.key))

        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        for (entry, definition) in zip(file.entries, SettingDefinition.all) {
            #expect(entry.value == .text(definition.defaultText), "\(entry.key)")
            var comment: [Substring] = []
            for line in lines[..<(entry.line - 1)].reversed() {
                guard let hash = line.firstIndex(of: "#"), line[..<hash].allSatisfy({ $0 == " " }) else { break }
                comment.append(line[hash...].dropFirst(2))
            }
            #expect(comment.last.map(String.init) == definition.summary, "\(entry.key)")
        }
    }
}

@Suite("Sizes and durations")
struct SizeTextTests {
    @Test("are read with their units, and written in the largest that fits")
    func roundTrips() {
        #expect(SizeText.parse("64MiB") == 64 << 20)
        #expect(SizeText.parse("10 MiB") == 10 << 20)
        #expect(SizeText.parse("1048576") == 1 << 20)
        #expect(SizeText.parse("0") == 0)
        #expect(SizeText.format(1 << 20) == "1MiB")
        #expect(SizeText.format(1000) == "1000")
        #expect(SizeText.format(0) == "0")
        #expect(DurationText.parse("500ms") == .milliseconds(500))
        #expect(DurationText.parse("5 m") == .seconds(300))
        #expect(DurationText.parse("72h") == .seconds(72 * 3600))
        #expect(DurationText.parse("14d") == .seconds(14 * 86_400))
        #expect(DurationText.format(.seconds(120)) == "2m")
        #expect(DurationText.format(.milliseconds(1500)) == "1500ms")
        #expect(DurationText.format(.zero) == "0s")
    }

    @Test(
        "of another form are refused",
        arguments: [
            "", " ", "MiB", "1.5MiB", "-1", "1MB", "1mib", "１", "1  ", "9223372036854775807KiB", "0x10", "1 M B",
        ])
    func refused(text: String) {
        #expect(SizeText.parse(text) == nil)
        #expect(DurationText.parse(text) == nil)
    }
}
