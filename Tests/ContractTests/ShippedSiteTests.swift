import Foundation
import Testing

/// What the shipped site has beside the way to the bridge: the page, TLS, and what a checker of nginx files says of it.
@Suite struct ShippedSiteTests {
    @Test func `the page is served with its script and style, and nothing in it comes from elsewhere`() throws {
        let site = try SharedSite.current.site
        for (path, type) in [
            ("/fx/docs", "text/html"), ("/fx/docs/docs.css", "text/css"), ("/fx/docs/docs.js", "javascript"),
        ] {
            let reply = try site.get(path, token: nil)
            #expect(reply.status == 200)
            #expect(reply.field("Content-Type")?.contains(type) == true)
            #expect(reply.field("Content-Security-Policy")?.contains("script-src 'self'") == true)
            #expect(!reply.text.contains("//cdn") && reply.text.firstMatch(of: #/(src|href)="(https?:)?\/\//#) == nil)
        }
        let page = try site.get("/fx/docs", token: nil).text
        let linked = page.matches(of: #/(?:src|href)="(\/[^"]*)"/#).map { String($0.1) }
        #expect(linked.count >= 3)
        for path in Set(linked) { #expect(try site.get(path, token: nil).status == 200) }
        for path in [
            "/fx/docs/", "/fx/docs/index.html", "/fx/docs/../fx-bridge.yaml", "/fx/docs/..%2f..%2ffx-bridge.yaml",
        ] {
            #expect(try site.get(path, token: nil).status >= 400)
        }
    }

    @Test(.enabled(if: Browser.path != nil, "needs chromium"))
    func `a browser shows every operation of the document`() throws {
        let site = try SharedSite.current.site
        let browser = try #require(Browser.path)
        let profile = try TestRoot.current.path + "/browser-\(UUID().uuidString)"
        let run = try CommandResult.run(
            browser,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + profile,
                "--virtual-time-budget=10000", "--dump-dom", "http://127.0.0.1:\(site.port)/fx/docs",
            ], seconds: 120)
        let paths = try #require(try site.get("/fx/openapi.json", token: nil).json["paths"] as? [String: [String: Any]])
        let operations = paths.values.flatMap {
            $0.values.compactMap { ($0 as? [String: Any])?["operationId"] as? String }
        }
        #expect(operations.count >= 8)
        for operation in operations { #expect(run.output.contains(#"id="\#(operation)""#), "\(operation)") }
    }

    @Test(.enabled(if: Tool.has("openssl") && Tool.has("curl"), "needs openssl and curl"))
    func `with the TLS snippet the site speaks TLS 1.2 or newer, and HTTP 2`() throws {
        let home = try TestRoot.current.path + "/tls-\(UInt32.random(in: 0...99999))"
        for name in ["", "/run", "/log", "/spool"] { mkdir(home + name, 0o711) }
        let port = UInt16.random(in: 32_000..<32_700)
        let plainPort = port - 5_000
        let rendering = try CommandResult.run(
            Checkout.root + "/deploy/lib/render-nginx", ["--home", home, "--listen", "127.0.0.1:\(plainPort)"])
        #expect(rendering.exit == .code(0), "\(rendering.errors)")
        let certificate = try CommandResult.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                "-subj", "/CN=localhost", "-keyout", home + "/key.pem", "-out", home + "/cert.pem",
            ])
        #expect(certificate.exit == .code(0))

        // What an operator does: the include in, the first listen out, the certificate's paths.
        let siteFile = home + "/run/nginx/fx-bridge.conf"
        let snippetFile = home + "/run/nginx/snippets/fx-bridge-tls.conf"
        let site = text(of: siteFile).replacingOccurrences(
            of: "# include snippets/fx-bridge-tls.conf;", with: "include snippets/fx-bridge-tls.conf;")
        #expect(site.contains("\n    include snippets/fx-bridge-tls.conf;"))
        let snippet = text(of: snippetFile)
            .replacing(#/listen 443/#, with: "listen 127.0.0.1:\(port)").replacing(#/(?m)^listen \[::\].*$/#, with: "")
            .replacing(#/(?m)^ssl_certificate .*$/#, with: "ssl_certificate \(home)/cert.pem;")
            .replacing(#/(?m)^ssl_certificate_key .*$/#, with: "ssl_certificate_key \(home)/key.pem;")
        try Data(site.utf8).write(to: URL(fileURLWithPath: siteFile))
        try Data(snippet.utf8).write(to: URL(fileURLWithPath: snippetFile))
        let nginx = try ChildProcess(
            "nginx", ["-p", home + "/", "-c", home + "/run/nginx/nginx.conf", "-g", "daemon off;"],
            output: home + "/log/nginx-output.log")
        defer { nginx.kill() }
        try waitUntil("nginx listens", seconds: 20) {
            if nginx.hasExited { throw HarnessError.start("nginx", log: text(of: home + "/log/nginx-output.log")) }
            return !text(of: home + "/run/nginx.pid").isEmpty
        }
        func curl(_ options: String...) throws -> CommandResult {
            try CommandResult.run(
                "curl",
                ["-sk", "-o", "/dev/null", "-w", "%{http_code} %{http_version}"] + options
                    + ["https://127.0.0.1:\(port)/fx/docs"])
        }
        #expect(try curl("--http2").output == "200 2")
        #expect(try curl("--http1.1").output == "200 1.1")
        #expect(try curl("--tls-max", "1.1").exit != .code(0))
    }

    @Test(.enabled(if: Tool.has("gixy"), "needs gixy"))
    func `gixy finds nothing in the shipped files`() throws {
        let home = try TestRoot.current.path + "/gixy-\(UInt32.random(in: 0...99999))"
        for name in ["", "/run"] { mkdir(home + name, 0o711) }
        _ = try CommandResult.run(
            Checkout.root + "/deploy/lib/render-nginx", ["--home", home, "--listen", "127.0.0.1:80"])
        let config = "events {}\nhttp {\n    include \(home)/run/nginx/fx-bridge.conf;\n}\n"
        try Data(config.utf8).write(to: URL(fileURLWithPath: home + "/run/nginx/gixy.conf"))
        let verdict = try CommandResult.run("gixy", [home + "/run/nginx/gixy.conf"], seconds: 60)
        #expect(verdict.output.contains("High: 0") || verdict.output.contains("No issues found"), "\(verdict.output)")
        #expect(!verdict.output.contains(">> Problem:"), "\(verdict.output)")
    }
}

private enum Tool {
    static func has(_ name: String) -> Bool {
        (try? CommandResult.run("sh", ["-c", "command -v \(name)"]).exit) == .code(0)
    }
}

private enum Browser {
    static let path = ["chromium", "google-chrome"].first { Tool.has($0) }
}
