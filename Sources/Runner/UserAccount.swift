import Glibc

/// A user of this machine that a service runs as.
package struct UserAccount: Sendable, Equatable {
    package let userID: uid_t
    package let groupID: gid_t
    /// All groups, ``groupID`` included.
    package let groups: [gid_t]

    private static let groupsLimit = 1024

    /// Looks a user up by name; nil if there is none of that name. `getpwnam_r(3)`, `getgrouplist(3)`
    package init?(named name: String) {
        var entry = unsafe passwd()
        var buffer = [CChar](repeating: 0, count: 16_384)
        var found = unsafe UnsafeMutablePointer<passwd>?.none
        let status = unsafe getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        guard status == 0, unsafe found != nil else { return nil }
        userID = unsafe entry.pw_uid
        groupID = unsafe entry.pw_gid
        var groups = [gid_t](repeating: 0, count: Self.groupsLimit)
        var count = Int32(Self.groupsLimit)
        guard unsafe getgrouplist(name, groupID, &groups, &count) >= 0 else { return nil }
        self.groups = Array(groups.prefix(Int(count)))
    }

    /// Whether this process may run something as another user.
    package static var canSwitch: Bool { geteuid() == 0 }
}
