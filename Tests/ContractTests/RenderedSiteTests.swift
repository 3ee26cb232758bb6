import Foundation
import Testing

@Suite struct RenderedSiteTests {
    @Test func `a home runs the shipped site but for its marked lines`() throws {
        let site = try TestSite(startsBridge: false)
        let shipped = text(of: Checkout.root + "/nginx/fx-bridge.conf").components(separatedBy: "\n")
        let rendered = text(of: site.home + "/run/nginx/fx-bridge.conf").components(separatedBy: "\n")
        #expect(shipped.count == rendered.count)
        for (before, after) in zip(shipped, rendered) where before != after {
            #expect(before.contains("; #@ "))
            #expect(before.components(separatedBy: "#@ ").last == after.components(separatedBy: "#@ ").last)
        }
    }
}
