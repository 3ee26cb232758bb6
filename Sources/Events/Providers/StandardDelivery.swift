/// A webhook of Standard Webhooks 1.0.0: id `webhook-id`, type and time the body's `type` and `timestamp`.
package enum StandardDelivery {
    package static func map(_ request: DeliveryRequest) -> MappedDelivery {
        MappedDelivery(
            id: request.identifier(header: "webhook-id"), type: request.name("type"), time: request.time("timestamp"))
    }
}
