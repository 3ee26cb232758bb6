import Authentication
import Events
import Quarantine

/// A kept request in a list.
struct KeptRequestListing: Encodable {
    let id: String
    let key: String
    let tenant: String
    let received: String
    let reason: String
    let sentence: String
    let remote: String
    let request: String
    /// `kept`, `release asked`, or `release refused`.
    let state: String

    init(_ kept: KeptRequest, isWanted: Bool, refusal: [UInt8]?) {
        id = kept.id
        key = kept.keyID
        tenant = kept.tenant
        received = kept.received.text
        reason = kept.reason
        sentence = kept.sentence
        remote = kept.remoteAddress
        request = kept.requestID
        state = isWanted ? "release asked" : refusal == nil ? "kept" : "release refused"
    }
}

/// What the secrets of now say of a kept request.
struct KeptRequestVerdict: Encodable {
    let id: String
    /// Whether a release would make an event of it.
    let releasable: Bool
    let reason: String
    let sentence: String

    init(_ kept: KeptRequest, _ keyRing: KeyRing, _ nowSeconds: Int64) {
        id = kept.id
        releasable =
            (try? keyRing.verify(kept: kept.httpFields, body: kept.body, keyID: kept.keyID, nowSeconds: nowSeconds))
            != nil
        // By the moment of arrival: that it lies here for a while is no fault of the sender's.
        let diagnosis = keyRing.diagnose(
            keyID: kept.keyID, fields: kept.httpFields, body: kept.body, nowSeconds: kept.received.milliseconds / 1000)
        reason = diagnosis.reason.rawValue
        sentence = diagnosis.sentence
    }
}

/// What became of a wish for a release.
struct ReleaseResult: Encodable {
    enum State: String, Encodable {
        case released, refused, waiting
    }

    let id: String
    let state: State
    let detail: String
}
