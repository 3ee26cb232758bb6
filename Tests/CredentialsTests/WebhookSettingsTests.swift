import Authentication
import FoundationEssentials
import Testing

@testable import Credentials

@Suite("The settings of a secret key")
struct WebhookSettingsTests {
    private func settings(
        _ text: String, _ provider: WebhookProvider = .github
    ) throws(WebhookSettingsError) -> WebhookSettings {
        guard let document = try? JSONDecoder().decode(WebhookSettingsDocument.self, from: Data(text.utf8)) else {
            Issue.record("\(text) has another shape")
            return WebhookSettings()
        }
        return try document.settings(provider: provider)
    }

    private func thrown(_ text: String, _ provider: WebhookProvider = .github) -> WebhookSettingsError? {
        do throws(WebhookSettingsError) {
            _ = try settings(text, provider)
            return nil
        } catch {
            return error
        }
    }

    private static let everything = #"""
        {"scheme":{"header":"X-Signature","algorithm":"sha512","encoding":"base64","prefix":"v1=",
         "timestamp_header":"X-Timestamp","signs":"v1:{timestamp}:{body};"},
         "tolerance_seconds":60,"defaults":{"source":"/shop","type":"com.acme.shop"},
         "rules":[{"header":"X-Topic","matches":"orders/*","type":"order"},{"pointer":"/a~1b/0","source":"/s/{}"}],
         "idempotency":false,"quarantine":false,"answers":{"unavailable":429,"unroutable":"accept"}}
        """#

    @Test("are read as they were written down, and written as they were read")
    func golden() throws {
        let settings = try settings(Self.everything, .generic)
        let scheme = try #require(settings.scheme)
        #expect(scheme.header == "X-Signature" && scheme.algorithm == .sha512 && scheme.encoding == .base64)
        #expect(scheme.prefix == "v1=" && scheme.timestampHeader == "X-Timestamp")
        #expect(scheme.signs == "v1:{timestamp}:{body};")
        #expect(settings.toleranceSeconds == 60)
        #expect(settings.defaults.source == "/shop" && settings.defaults.type == "com.acme.shop")
        #expect(settings.rules.map(\.operand) == [.header("X-Topic"), .pointer("/a~1b/0")])
        #expect(settings.rules[0].pattern?.pattern == "orders/*" && settings.rules[0].naming.type == "order")
        #expect(settings.rules[1].pattern == nil && settings.rules[1].naming.source == "/s/{}")
        #expect(!settings.isIdempotent && !settings.isQuarantined)
        #expect(settings.answers.unavailable == 429 && settings.answers.unroutable == .accept)
        #expect(try WebhookSettingsDocument(settings).settings(provider: .generic) == settings)
    }

    @Test("that are not written down are as by default")
    func defaults() throws {
        #expect(try settings("{}") == WebhookSettings())
        let scheme = try #require(try settings(#"{"scheme":{"header":"X-S"}}"#, .generic).scheme)
        #expect(scheme.algorithm == .sha256 && scheme.encoding == .hex && scheme.prefix.isEmpty)
        #expect(scheme.signs == "{body}")
        let timed = try settings(#"{"scheme":{"header":"X-S","timestamp_header":"X-T"}}"#, .generic)
        #expect(timed.scheme?.signs == "{timestamp}.{body}")
    }

    @Test("say which one is not allowed")
    func invalid() {
        #expect(thrown("{}", .generic) == .schemeMissing)
        #expect(thrown(#"{"scheme":{"header":"X-S"}}"#, .stripe) == .schemeFixed(.stripe))
        let schemes: [(String, WebhookSettingsError)] = [
            (#""header":"X S""#, .scheme(.headerInvalid)), (#""header":"X_S""#, .scheme(.headerInvalid)),
            (#""header":"""#, .scheme(.headerInvalid)),
            (#""header":"X","algorithm":"md5""#, .algorithmUnknown),
            (#""header":"X","encoding":"hexx""#, .encodingUnknown),
            (#""header":"X","prefix":"a b""#, .scheme(.prefixInvalid)),
            (#""header":"X","timestamp_header":"x""#, .scheme(.timestampHeaderInvalid)),
            (#""header":"X","signs":"{timestamp}.{body}""#, .scheme(.timestampUnsigned)),
            (#""header":"X","timestamp_header":"T","signs":"{body}""#, .scheme(.timestampUnsigned)),
            (#""header":"X","signs":"{body}{body}""#, .scheme(.templateInvalid)),
            (#""header":"X","signs":"{time}{body}""#, .scheme(.templateInvalid)),
            (#""header":"X","signs":"body""#, .scheme(.templateInvalid)),
            (#""header":"X","timestamp_header":"T","signs":"{body}{timestamp}""#, .scheme(.templateInvalid)),
        ]
        for (members, expected) in schemes {
            #expect(thrown("{\"scheme\":{\(members)}}", .generic) == expected, "\(members)")
        }
        let tooLong = String(repeating: "x", count: 1025)
        let others: [(String, WebhookSettingsError)] = [
            (#""tolerance_seconds":0"#, .toleranceOutOfRange(0)),
            (#""tolerance_seconds":86401"#, .toleranceOutOfRange(86_401)),
            (#""defaults":{"source":""}"#, .namingInvalid), (#""defaults":{"source":"\#(tooLong)"}"#, .namingInvalid),
            (#""defaults":{"type":"\#(tooLong.prefix(256))"}"#, .namingInvalid),
            (#""defaults":{"type":"a\nb"}"#, .namingInvalid),
            (#""rules":[{"header":"X"}]"#, .ruleInvalid(index: 0)),
            (#""rules":[{"header":"X","type":"t"},{"type":"t"}]"#, .ruleInvalid(index: 1)),
            (#""rules":[{"header":"X","pointer":"/x","type":"t"}]"#, .ruleInvalid(index: 0)),
            (#""rules":[{"pointer":"x","type":"t"}]"#, .ruleInvalid(index: 0)),
            (#""rules":[{"pointer":"/x~2","type":"t"}]"#, .ruleInvalid(index: 0)),
            (#""rules":[{"pointer":"/x~","type":"t"}]"#, .ruleInvalid(index: 0)),
            (#""rules":[{"pointer":"/x","matches":"","type":"t"}]"#, .ruleInvalid(index: 0)),
            (
                #""rules":[\#(Array(repeating: #"{"header":"X","type":"t"}"#, count: 33).joined(separator: ","))]"#,
                .tooManyRules(limit: 32)
            ),
            (#""answers":{"unavailable":404}"#, .answersInvalid), (#""answers":{"unroutable":"lie"}"#, .answersInvalid),
        ]
        for (members, expected) in others { #expect(thrown("{\(members)}") == expected, "\(members)") }
    }
}
