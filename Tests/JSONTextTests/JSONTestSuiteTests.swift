import FoundationEssentials
import JSONText
import Testing

/// nst/JSONTestSuite, read from the folder that `FX_TEST_DATA` names; other people's work, never part of this repository.
struct JSONTestSuiteTests {
    private static let folder = ProcessInfo.processInfo.environment["FX_TEST_DATA"].map {
        "\($0)/json-test-suite/test_parsing"
    }

    @Test(
        "JSONTestSuite: every y_ file is accepted, every n_ file refused, and no i_ file crashes",
        .enabled(if: folder != nil, "FX_TEST_DATA does not name a folder that holds json-test-suite"))
    func jsonTestSuite() throws {
        let folder = try #require(Self.folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
        #expect(names.count == 318)
        for name in names.sorted() {
            let bytes = try [UInt8](#require(FileManager.default.contents(atPath: "\(folder)/\(name)")))
            let validated = try? JSONScanner.validate(bytes, depthLimit: 128)
            let document = try? JSONScanner.members(of: bytes, depthLimit: 128)
            #expect(document?.root == validated, "\(name)")
            if name.hasPrefix("y_") { #expect(validated != nil, "\(name)") }
            if name.hasPrefix("n_") { #expect(validated == nil, "\(name)") }
        }
    }
}
