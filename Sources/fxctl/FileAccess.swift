import Glibc

/// Fence around what the kernel says of files and users.
struct FileAccess {
    let userID: uid_t
    let groupID: gid_t
    let mode: mode_t

    /// Nil if there is no such file, or no way to it. `stat(2)`
    init?(_ path: String) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return nil }
        userID = facts.st_uid
        groupID = facts.st_gid
        mode = facts.st_mode
    }

    var isSocket: Bool { mode & S_IFMT == S_IFSOCK }
    var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    var permissions: String { String(mode & 0o777, radix: 8) }

    /// By the permission bits: `4` read, `2` write, `1` search.
    func allows(_ wanted: mode_t, to user: SystemUser) -> Bool {
        if user.userID == 0 { return true }
        let shift: mode_t = user.userID == userID ? 6 : user.groupIDs.contains(groupID) ? 3 : 0
        return mode >> shift & wanted == wanted
    }

    /// The first directory on the way to a file that a user may not pass; nil if there is none.
    static func obstacle(on path: String, to user: SystemUser) -> String? {
        var directory = ""
        for part in path.split(separator: "/").dropLast() {
            directory += "/" + part
            guard let access = FileAccess(directory), access.allows(1, to: user) else { return directory }
        }
        return nil
    }
}

/// A user of this machine with all their groups.
struct SystemUser {
    let name: String
    let userID: uid_t
    let groupIDs: [gid_t]

    /// Nil if there is no such user. `getpwnam(3)`, `getgrouplist(3)`
    init?(name: String) {
        guard let entry = unsafe getpwnam(name) else { return nil }
        self.name = name
        userID = unsafe entry.pointee.pw_uid
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard unsafe getgrouplist(name, entry.pointee.pw_gid, &groups, &count) >= 0 else { return nil }
        groupIDs = Array(groups.prefix(Int(count)))
    }

    /// `getpwuid(3)`
    init?(id: uid_t) {
        guard let entry = unsafe getpwuid(id) else { return nil }
        self.init(name: unsafe String(cString: entry.pointee.pw_name))
    }
}
