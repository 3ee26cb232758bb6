import Foundation
import Testing

@testable import Bridge

/// The OpenAPI document before a validator that is not ours: Python's openapi-spec-validator.
struct OpenAPIValidationTests {
    @Test(.enabled(if: Validator.isInstalled, "needs Python's openapi-spec-validator"))
    func `the document is valid OpenAPI 3.1`() throws {
        let verdict = try Validator.run(
            """
            import json, sys
            from openapi_spec_validator import OpenAPIV31SpecValidator
            for error in OpenAPIV31SpecValidator(json.load(sys.stdin)).iter_errors():
                print(error.json_path, error.message)
            """, input: OpenAPIDocument.bytes)
        #expect(verdict == "")
    }

    @Test(.enabled(if: Validator.isInstalled, "needs Python's openapi-spec-validator"))
    func `each example is what its schema describes, and each body has one`() throws {
        let verdict = try Validator.run(
            """
            import json, sys
            from jsonschema import Draft202012Validator, FormatChecker
            document = json.load(sys.stdin)
            components = {"components": document["components"]}
            def judge(path, schema, example):
                validator = Draft202012Validator({**components, **schema}, format_checker=FormatChecker())
                for error in validator.iter_errors(example): print(path, error.message)
            def walk(path, value):
                if isinstance(value, list):
                    for index, item in enumerate(value): walk(f"{path}/{index}", item)
                if not isinstance(value, dict): return
                if "schema" in value and "example" in value: judge(path, value["schema"], value["example"])
                for kind, body in value.get("content", {}).items():
                    if "example" not in body and "{type: object}" != json.dumps(body["schema"]).replace('"', ''):
                        print(path, kind, "has no example")
                for name, item in value.items():
                    if name != "example": walk(f"{path}/{name}", item)
            walk("", {key: document[key] for key in ["paths", "components"]})
            """, input: OpenAPIDocument.bytes)
        #expect(verdict == "")
    }

    private enum Validator {
        static let isInstalled = (try? run("import jsonschema, openapi_spec_validator", input: [])) == ""

        /// What a Python program says, to both of its outputs.
        static func run(_ program: String, input: [UInt8]) throws -> String {
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("openapi-\(UUID().uuidString)")
            try Data(input).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-c", program]
            process.standardInput = try FileHandle(forReadingFrom: file)
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let said = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else {
                return "status \(process.terminationStatus): \(String(decoding: said, as: UTF8.self))"
            }
            return String(decoding: said, as: UTF8.self)
        }
    }
}
