/// A parser of outside bytes. What must hold for any input is a `precondition`: libFuzzer keeps the input that breaks it.
enum FuzzTarget: String, CaseIterable {
    case json
    case fastcgi
    case signatures
    case events
    case spool

    func run(_ input: [UInt8]) {
        switch self {
        case .json: JSONProperty.check(input)
        case .fastcgi: RequestProperty.check(input)
        case .signatures: SignatureProperty.check(input)
        case .events: EventProperty.check(input)
        case .spool: SpoolLineProperty.check(input)
        }
    }
}
