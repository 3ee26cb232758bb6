import Events
import JSONText

/// What is wrong with one event of a batch.
struct RefusedItem: Sendable, Equatable {
    /// From 0.
    let index: Int
    let error: EventsError

    /// How many are told in one answer.
    static let toldLimit = 16

    /// Appends `{"index":3,"detail":"id is missing","member":"id"}`.
    func append(to json: inout [UInt8]) {
        JSONWriter.appendRaw(#"{"index":"#, to: &json)
        JSONWriter.appendRaw(String(index), to: &json)
        JSONWriter.appendRaw(#","detail":"#, to: &json)
        JSONWriter.appendString(error.message + ".", to: &json)
        if let member = error.member {
            JSONWriter.appendRaw(#","member":"#, to: &json)
            JSONWriter.appendString(member, to: &json)
        }
        json.append(UInt8(ascii: "}"))
    }
}
