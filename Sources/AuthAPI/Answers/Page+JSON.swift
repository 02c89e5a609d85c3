import Identity
import JSON

/// The place of a part of a list in the whole list.
private struct PagePlace: Shaped {
    let next: Cursor?
    let previous: Cursor?
    let total: Int?

    static let shape = Shape<PagePlace> {
        Member("next_cursor", .null, "For `after`; null on the last page.") { $0.next?.text }
        Member("previous_cursor", .null, "For `before`; null on the first page.") { $0.previous?.text }
        Member("has_next_page", false, "Whether there is a next page.") { $0.next != nil }
        Member("has_previous_page", false, "Whether there is a previous page.") { $0.previous != nil }
        Member(
            "total_count", 1,
            """
            How many rows the whole list has; null with `count=false`. Where that takes long to count, as with more \
            than some 20,000 rows, it may be up to ten seconds old.
            """
        ) { $0.total }
    }
}

private let rowsKey: JSONKey = "data"

extension Page: Answerable, JSONForm where Item: Shaped {
    static var schema: Schema { .component(component) }

    private static var component: String { "\(Item.shape.name ?? "")Page" }

    static var components: [(String, Schema)] { [(component, definition)] + Item.components }

    /// The schema, spelled out.
    private static var definition: Schema {
        PagePlace.shape.definition(
            after: [("data", .array(of: Item.schema, atMost: PageRequest.sizes.upperBound))])
    }

    static var example: JSONValue {
        (["data": [Item.shape.example]] as JSONValue).with(PagePlace.shape.example)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key(rowsKey)
        items.write(to: &writer)
        PagePlace.shape.writeMembers(of: PagePlace(next: next, previous: previous, total: total), to: &writer)
        writer.endObject()
    }
}

/// The answer of an operation that has nothing to show: `"ok"`.
struct Done: Answerable {
    static let components = [("Done", Schema.constant("ok"))]
    static var schema: Schema { .component("Done") }
    static var example: JSONValue { "ok" }

    func write(to writer: inout JSONWriter) { writer.string("ok") }
}
