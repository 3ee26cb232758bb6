/// An event that has just become durable, as the thread knows it that made it so: all that the index keeps of one.
package struct RecentEvent: Sendable {
    /// Its place in the log `events`; at least 1.
    package var sequence: UInt64
    package var tenant: String
    package var cid: String
    package var id: String
    /// Whether its sender gave it the id.
    package var isIDSent: Bool
    package var type: String
    /// `recordedtime`, since 1970.
    package var recordedMicroseconds: Int64

    package init(
        sequence: UInt64, tenant: String, cid: String, id: String, isIDSent: Bool, type: String,
        recordedMicroseconds: Int64
    ) {
        self.sequence = sequence
        self.tenant = tenant
        self.cid = cid
        self.id = id
        self.isIDSent = isIDSent
        self.type = type
        self.recordedMicroseconds = recordedMicroseconds
    }

    /// Of memory, about: the strings and their headers, this value, and its places in ``RecentNames``. The tenant's name is
    /// shared by all.
    var bytesCount: Int { cid.utf8.count + id.utf8.count + type.utf8.count + 224 }
}
