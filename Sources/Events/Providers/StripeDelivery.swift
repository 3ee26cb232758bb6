/// Stripe's events: type `com.stripe.<type>`, id and time the event's own, subject the object it is about.
package enum StripeDelivery {
    package static func map(_ request: DeliveryRequest) -> MappedDelivery {
        guard let type = request.name("type") else { return MappedDelivery() }
        // An event of a connected account names it; one of the platform's own account does not.
        let account = request.identifier("account") ?? request.identifier("context")
        return MappedDelivery(
            id: request.identifier("id"),
            source: "https://api.stripe.com" + (account.map { "/v1/accounts/" + $0 } ?? ""),
            type: "com.stripe." + type, subject: request.text("data.object.id") ?? request.text("related_object.id"),
            // Version 2 of the API has RFC 3339 there.
            time: request.seconds("created") ?? request.time("created"))
    }
}
