import Events
import Testing

struct TraceContextTests {
    private let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private func context(_ parents: [String], _ states: [String] = []) -> TraceContext? {
        TraceContext(parents: parents.map { Array($0.utf8)[...] }, states: states.map { Array($0.utf8)[...] })
    }

    @Test func `a parent and a state are kept as they came`() {
        let found = context([parent], ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "fw529a3039@dt=a b!"])
        #expect(found?.parent == parent)
        #expect(found?.state == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,fw529a3039@dt=a b!")
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"
        #expect(context([later])?.parent == later)
    }

    @Test(
        arguments: [
            "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-\u{7F}",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-" + String(repeating: "x", count: 73),
        ])
    func `an invalid parent is as none`(text: String) { #expect(context([text], ["a=b"]) == nil) }

    @Test func `two parents are none`() { #expect(context([parent, parent]) == nil) }

    @Test(
        arguments: [
            "", ",", "a", "=b", "a=", "A=b", "1a=b", "a=b,a=c", "a=b=c", "a=é", "a@=b", "@a=b", "a@1=b", "a=b\t",
            "a@fifteencharsxxx=b", String(repeating: "a", count: 257) + "=b", "a=" + String(repeating: "x", count: 257),
            (0..<33).map { "k\($0)=v" }.joined(separator: ","), String(repeating: "a=b, ,", count: 1),
        ])
    func `an invalid state is dropped, its parent kept`(state: String) {
        let found = context([parent], [state])
        #expect(found?.parent == parent)
        if state.hasPrefix("a=b, ") || state == "a=b\t" {
            #expect(found?.state == state, "blanks around members are allowed, and empty members")
        } else {
            #expect(found?.state == nil)
        }
    }

    @Test func `a state keeps its limits`() {
        #expect(context([parent], [(0..<32).map { "k\($0)=v" }.joined(separator: ",")])?.state != nil)
        let long = (0..<5).map { "k\($0)=" + String(repeating: "x", count: 250) }.joined(separator: ",")
        #expect(context([parent], [long])?.state == nil)
        #expect(context([parent], ["1a@b=c"])?.state == "1a@b=c")
    }
}
