import Foundation
import Logging
import Testing
import Threading

@testable import OperatorLog

/// 2026-01-02T03:04:05.678901Z
let moment: Int64 = 1_767_323_045_678_901

@Suite struct LogLineTests {
    @Test func `a line in words, and the same line as JSON`() throws {
        func fill(_ line: inout LogLine) {
            line.field("id", "859b")
            line.field("status", 403)
            line.field("path", "/fx/a b")
            line.field("cid", nil)
            line.field("type", "")
            line.field("delta", -17)
            line.field("zero", 0)
        }
        #expect(
            try lines(.text, fill)
                == "2026-01-02T03:04:05.678901Z notice request refused id=859b status=403 path=\"/fx/a b\" delta=-17 zero=0\n"
        )
        #expect(
            try lines(.json, fill)
                == #"{"time":"2026-01-02T03:04:05.678901Z","level":"notice","message":"request refused","id":"859b","#
                + #""status":403,"path":"/fx/a b","delta":-17,"zero":0}"# + "\n")
    }

    @Test(arguments: [
        "\n", "\r", "\u{0}", "\u{1B}[2J", "\u{7F}", "\u{80}", "\u{85}", "\u{9B}31m", "\u{2028}", "\u{2029}", "\u{202E}",
        "\u{202A}", "\u{2066}", "\u{2069}",
    ])
    func `what could end a line or steer a terminal is escaped`(text: String) throws {
        let harmful = try #require(text.unicodeScalars.first)
        for format in [LogFormat.text, .json] {
            let line = try lines(format) { $0.field("path", "a\(text)b") }.dropLast()
            #expect(!line.unicodeScalars.contains(harmful))
            #expect(line.contains("\\u" + String(format: "%04x", harmful.value)))
        }
        let json = try lines(.json) { $0.field("path", "a\(text)b") }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String])
        #expect(object["path"] == "a\(text)b")
    }

    @Test func `other characters stand as they are`() throws {
        let text = "ä€𝄞 \u{A0}\u{2027}\u{202F}\u{2065}\u{206A}\"\\_"
        let json = try lines(.json) { $0.field("path", text) }
        #expect(json.contains("ä€𝄞 \u{A0}\u{2027}\u{202F}\u{2065}\u{206A}\\\"\\\\_"))
    }

    @Test(arguments: [
        ("/fx/fxt_ab12_SECRETsecret0", "/fx/fxt_***"), ("FXT_SECRET/x", "FXT_***/x"),
        ("a whsec_SECRET+SECRET== b", "a whsec_*** b"), ("fxt_", "fxt_***"), ("xt_SHOWN", "xt_SHOWN"),
        ("t_", "t_"), ("_", "_"), ("fx_t_SHOWN", "fx_t_SHOWN"), ("fxt_SECRETfxt_SECRET", "fxt_***"),
    ])
    func `what looks like a credential is struck out, wherever a sender put it`(text: String, shown: String) throws {
        #expect(try lines(.json) { $0.field("path", text) }.contains("\"path\":\"\(shown)\"}"))
    }

    @Test func `texts and lines have an end`() throws {
        for unit in ["a", "ä", "€", "𝄞", "\n"] {
            let line = try lines(.json) { $0.field("path", String(repeating: unit, count: 9000)) }
            #expect(line.utf8.count < 7 * LogLine.textBytesLimit && line.contains("…\"}"))
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        }
        let many = try lines(.text) { line in
            for _ in 0..<1000 { line.field("n", 1) }
        }
        #expect(many.count { $0 == "=" } == LogLine.fieldsLimit)
    }

    @Test func `for the journal a line begins with its priority, and the time is left to it`() {
        let levels = Logger.Level.allCases.map { level in
            let line = LogLine(
                appendingTo: [], format: .text, level: level, time: .init(microseconds: moment), message: "m",
                journalPriority: true)
            return String(decoding: line.finished(), as: UTF8.self)
        }
        #expect(
            levels == [
                "<7>trace m\n", "<7>debug m\n", "<6>info m\n", "<5>notice m\n", "<4>warning m\n", "<3>error m\n",
                "<2>critical m\n",
            ])
    }

    private func lines(_ format: LogFormat, _ fill: (inout LogLine) -> Void) throws -> String {
        let written = Monitor<[UInt8]>([])
        let sink = try LogSink(
            to: .lines { bytes in written.withLock { $0 += bytes } }, format: format, level: .trace, clock: { moment })
        sink.line(.notice, "request refused", fill)
        sink.stop()
        return String(decoding: written.withLock { $0 }, as: UTF8.self)
    }
}
