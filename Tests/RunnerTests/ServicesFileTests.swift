import JSONText
import Testing

@testable import Runner

struct ServicesFileTests {
    private func parse(_ text: String) throws(ServicesError) -> ServiceCatalog {
        try ServicesFile.parse(Array(text.utf8), path: "services.yaml", directory: "/etc/fx")
    }

    /// `line:column: sentence` of each problem.
    private func problems(_ text: String) -> [String] {
        do throws(ServicesError) {
            let catalog = try parse(text)
            Issue.record("it was taken: \(catalog)")
            return []
        } catch {
            return error.description.split(separator: "\n").map { String($0.dropFirst("services.yaml:".count)) }
        }
    }

    @Test func `every key is read`() throws {
        let catalog = try parse(
            """
            services:
              invoice:
                command: [bin/invoice, --currency, EUR, ""]
                match:
                  types: [com.example.order.*, "com.example.refund"]
                  sources: ["/shop/*"]
                  tenants: [acme]
                  data:
                    /order/total: {exists: true}
                    /order/region: {equals: eu}
                    /order/lines/0/kind: {in: [book, 7, "7", true, null]}
                limits: {time: 30s, grace: 1s, output: 64KiB, memory: 256MiB, concurrency: 2}
                retries: {attempts: 5, base: 2s, factor: 1.5, cap: 1m, jitter: 0}
                lost: fail
                expires: 2d
                user: nobody
                directory: work
                environment: {GREETING: hello, EMPTY: ""}
                event_file: true
                reserved_members: pass
            """)
        let service = try #require(catalog["invoice"])
        #expect(service.command == ["/etc/fx/bin/invoice", "--currency", "EUR", ""])
        #expect(service.match.types.map(\.pattern) == ["com.example.order.*", "com.example.refund"])
        #expect(service.match.sources.map(\.pattern) == ["/shop/*"])
        #expect(service.match.tenants == ["acme"])
        #expect(
            service.match.conditions.map(\.pointer.tokens) == [
                ["order", "total"], ["order", "region"], ["order", "lines", "0", "kind"],
            ])
        #expect(service.match.conditions[0].test == .exists(true))
        #expect(service.match.conditions[1].test == .isOneOf([.string("eu")]))
        #expect(service.limits.time == .seconds(30) && service.limits.grace == .seconds(1))
        #expect(service.limits.outputBytes == 65_536 && service.limits.memoryBytes == 256 << 20)
        #expect(service.limits.concurrency == 2)
        #expect(
            service.retries == RetryPolicy(attempts: 5, base: .seconds(2), factor: 1.5, cap: .seconds(60), jitter: 0))
        #expect(service.lost == .fail && service.expires == .seconds(172_800))
        #expect(service.user == "nobody" && service.directory == "/etc/fx/work")
        #expect(service.environment == ["GREETING": "hello", "EMPTY": ""])
        #expect(service.wantsEventFile && service.keepsReservedMembers)
    }

    @Test(arguments: ["", "services:", "services: {}", "services: ~", "---"])
    func `no services are services too`(text: String) throws {
        #expect(try parse(text) == .empty)
    }

    @Test func `two services without more than they need have the defaults`() throws {
        let catalog = try parse(
            "services: {b: {command: [true], match: {types: [x]}}, a: {command: [./t], match: {types: [x]}}}")
        #expect(catalog.services.map(\.name) == ["b", "a"])
        #expect(catalog.services[1].command == ["/etc/fx/./t"])
        #expect(catalog.services[0].command == ["true"])
        #expect(catalog.services[0].retries.attempts == 1 && catalog.services[0].lost == .rerun)
        #expect(catalog.services[0].limits == Service.Limits())
    }

    @Test(arguments: [
        ("services: [a]", "1:11: \"services\" must be a mapping of names to services"),
        ("service: {}", "1:1: unknown key \"service\"; there are services"),
        ("- a", "1:1: the file must be a mapping with members such as services"),
        ("services: {A: {command: [x], match: {types: [t]}}}", "1:12: \"A\" is no service's name"),
        ("services: {a: {match: {types: [t]}}}", "1:12: \"command\" is missing"),
        ("services: {a: {command: [x]}}", "1:12: \"match\" is missing"),
        ("services: {a: {command: x, match: {types: [t]}}}", "1:25: \"command\" must be a list of 1 to 256 texts"),
        ("services: {a: {command: [], match: {types: [t]}}}", "1:25: \"command\" must be a list of 1 to 256 texts"),
        ("services: {a: {command: [[x]], match: {types: [t]}}}", "1:26: \"command\" must be a text"),
        ("services: {a: {command: [x], match: {sources: [t]}}}", "1:37: \"types\" is missing"),
        (
            "services: {a: {command: [x], match: {types: [t], data: {order: {exists: true}}}}}",
            "1:57: \"order\" is no JSON pointer"
        ),
        ("services: {a: {command: [x], match: {types: [t], data: {/a: eu}}}}", "1:61: \"/a\" must be one of {equals"),
        ("services: {a: {command: [x], match: {types: [t], data: {/a: {equals: [1]}}}}}", "1:70: \"equals\" compares"),
        (
            "services: {a: {command: [x], match: {types: [t], data: {/a: {exists: yes}}}}}",
            "1:70: \"exists\" must be true or false"
        ),
        ("services: {a: {command: [x], match: {types: [t]}, limits: {time: 5}}}", "1:66: \"time\" must be a duration"),
        (
            "services: {a: {command: [x], match: {types: [t]}, limits: {output: 2MiB}}}",
            "1:68: \"output\" must be a size"
        ),
        (
            "services: {a: {command: [x], match: {types: [t]}, limits: {concurrency: 0}}}",
            "1:73: \"concurrency\" must be a whole number from 1 to 1024"
        ),
        ("services: {a: {command: [x], match: {types: [t]}, limits: {cpu: 1}}}", "1:60: unknown key \"cpu\""),
        (
            "services: {a: {command: [x], match: {types: [t]}, retries: {jitter: 2}}}",
            "1:69: \"jitter\" must be a number"
        ),
        (
            "services: {a: {command: [x], match: {types: [t]}, lost: maybe}}",
            "1:57: \"lost\" must be one of rerun, fail"
        ),
        ("services: {a: {command: [x], match: {types: [t]}, user: ~}}", "1:57: \"user\" must be a text"),
        ("services: {a: {command: [x], match: {types: [t]}, environment: {FX_CID: x}}}", "1:65: \"FX_CID\" is no name"),
        ("services: {a: {command: [x], match: {types: [t]}, environment: {A=B: x}}}", "1:65: \"A=B\" is no name"),
        ("services: {a: &b {}}", "1:15: anchors and tags are not supported"),
        ("services: *b", "1:11: aliases are not supported"),
        ("services: {a: 1, a: 2}", "1:18: \"a\" stands on line 1 already"),
        ("services: {a", "not YAML"),
        ("services:\n---\nservices:", "2:1: several documents are not supported"),
    ])
    func `what is wrong is told with its place`(text: String, problem: String) {
        #expect(problems(text).contains { $0.contains(problem) }, "\(problems(text))")
    }

    @Test func `all that is wrong is told at once`() {
        let found = problems(
            """
            services:
              a:
                comand: [x]
                match: {types: t}
                limits: {time: never}
              b: {command: [x], match: {types: [""]}, lost: 3}
            """)
        #expect(found.map { String($0.prefix { $0 != " " }) } == ["2:3:", "3:5:", "4:20:", "5:20:", "6:37:", "6:49:"])
    }

    @Test func `more services than the limit are refused`() {
        let one = "{command: [x], match: {types: [t]}}"
        let text = "services:\n" + (0...ServiceCatalog.servicesLimit).map { "  s\($0): \(one)\n" }.joined()
        #expect(problems(text) == ["1:1: there are more than 256 services"])
    }

    @Test func `a tree deeper or larger than the limits is refused`() {
        #expect(
            problems("services: " + String(repeating: "[", count: 40)).first?.contains("nested deeper than 16") == true)
        #expect(
            problems("services: [" + String(repeating: "a,", count: 100_001) + "]").first?
                .contains("more than 100000 values") == true)
    }
}
