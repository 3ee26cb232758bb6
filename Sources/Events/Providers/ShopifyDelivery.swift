/// Shopify's webhooks: type `com.shopify.<topic>`, source the shop, subject the resource, id the webhook's.
package enum ShopifyDelivery {
    package static func map(_ request: DeliveryRequest) -> MappedDelivery {
        // `orders/create` becomes `com.shopify.orders.create`.
        let topic = request.line(header: "X-Shopify-Topic").flatMap { text in
            DeliveryRequest.name(text.split(separator: "/").joined(separator: "."))
        }
        let shop = request.name(header: "X-Shopify-Shop-Domain")
        let time = request.line(header: "X-Shopify-Triggered-At").flatMap { Timestamp(rfc3339: $0) == nil ? nil : $0 }
        return MappedDelivery(
            id: request.identifier(header: "X-Shopify-Webhook-Id"), source: shop.map { "https://" + $0 },
            type: topic.map { "com.shopify." + $0 },
            subject: request.text("id"), time: time)
    }
}
