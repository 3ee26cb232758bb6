/// RFC 3986 appendix A as a regular expression: a second opinion that shares no code with `EventSource`.
struct URIReferenceGrammar {
    private let regex: Regex<AnyRegexOutput>

    init() throws {
        let unreserved = "[A-Za-z0-9._~-]"
        let escape = "%[0-9A-Fa-f]{2}"
        let sub = "[!$&'()*+,;=]"
        let pchar = "(?:\(unreserved)|\(escape)|\(sub)|[:@])"
        let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
        let v4 = "(?:\(octet)\\.\(octet)\\.\(octet)\\.\(octet))"
        let h16 = "[0-9A-Fa-f]{1,4}"
        let ls32 = "(?:\(h16):\(h16)|\(v4))"
        let v6 = [
            "(?:\(h16):){6}\(ls32)", "::(?:\(h16):){5}\(ls32)", "(?:\(h16))?::(?:\(h16):){4}\(ls32)",
            "(?:(?:\(h16):){0,1}\(h16))?::(?:\(h16):){3}\(ls32)", "(?:(?:\(h16):){0,2}\(h16))?::(?:\(h16):){2}\(ls32)",
            "(?:(?:\(h16):){0,3}\(h16))?::\(h16):\(ls32)", "(?:(?:\(h16):){0,4}\(h16))?::\(ls32)",
            "(?:(?:\(h16):){0,5}\(h16))?::\(h16)", "(?:(?:\(h16):){0,6}\(h16))?::",
        ].joined(separator: "|")
        let future = "[vV][0-9A-Fa-f]+\\.(?:\(unreserved)|\(sub)|:)+"
        let host = "(?:\\[(?:\(v6)|\(future))\\]|(?:\(unreserved)|\(escape)|\(sub))*)"
        let authority = "(?:(?:\(unreserved)|\(escape)|\(sub)|:)*@)?\(host)(?::[0-9]*)?"
        let abempty = "(?:/\(pchar)*)*"
        let absolute = "/(?:\(pchar)+(?:/\(pchar)*)*)?"
        let rootless = "\(pchar)+(?:/\(pchar)*)*"
        let noscheme = "(?:\(unreserved)|\(escape)|\(sub)|@)+(?:/\(pchar)*)*"
        let tail = "(?:\\?(?:\(pchar)|[/?])*)?(?:#(?:\(pchar)|[/?])*)?"
        let uri = "[A-Za-z][A-Za-z0-9+.-]*:(?://\(authority)\(abempty)|\(absolute)|\(rootless)|)\(tail)"
        let relative = "(?://\(authority)\(abempty)|\(absolute)|\(noscheme)|)\(tail)"
        regex = try Regex("(?:\(uri)|\(relative))")
    }

    func accepts(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) } && text.wholeMatch(of: regex) != nil
    }
}
