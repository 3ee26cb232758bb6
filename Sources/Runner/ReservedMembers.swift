import JSONText

/// What an outsider must not tell a service: members that FX puts into a service's parameters itself.
///
/// `_fxcid`, `_fxexec` and `_fxparentexec` say what the execution belongs to, `secrets` and `package_*` carry its
/// configuration. A payload is the parameters of its service, so a sender could forge them; they are taken out. The
/// event file holds the event as it was sent.
package enum ReservedMembers {
    /// What `reserved_members` in `services.yaml` may say.
    package enum Treatment: String, CaseIterable {
        case strip, pass
    }

    package static func contains(_ name: String) -> Bool {
        name.hasPrefix("_fx") || name == "secrets" || name.hasPrefix("package_")
    }

    /// The payload without reserved members of its root: the same bytes where there are none.
    ///
    /// - Parameter range: one valid JSON value without newlines between its tokens.
    package static func stripped(_ range: Range<Int>, of bytes: [UInt8]) -> [UInt8] {
        let payload = Array(bytes[range])
        guard payload.first == UInt8(ascii: "{"),
            // Neither can be exceeded: a level takes two bytes, a member five.
            let document = try? JSONScanner.members(
                of: payload, depthLimit: payload.count, membersLimit: payload.count)
        else { return payload }
        let kept = document.members.filter { !contains($0.decodedName(in: payload)) }
        guard kept.count < document.members.count else { return payload }
        var output: [UInt8] = [UInt8(ascii: "{")]
        output.reserveCapacity(payload.count)
        for member in kept {
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: payload[member.name])
            output.append(UInt8(ascii: ":"))
            output.append(contentsOf: payload[member.value.range])
        }
        output.append(UInt8(ascii: "}"))
        return output
    }
}
