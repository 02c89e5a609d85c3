/// The parameters of a PHC string, `name=number,…`.
enum ParameterList {
    /// The numbers; `nil` unless the names are exactly these in this order, and each number is decimal, above 0,
    /// without a sign or leading zeros.
    static func values(of names: [String], in text: Substring) -> [Int]? {
        let pairs = text.split(separator: ",", omittingEmptySubsequences: false)
        guard pairs.count == names.count else { return nil }
        var values: [Int] = []
        for (name, pair) in zip(names, pairs) {
            guard pair.hasPrefix("\(name)="), let value = Int(pair.dropFirst(name.count + 1)), value > 0,
                "\(name)=\(value)" == pair
            else { return nil }
            values.append(value)
        }
        return values
    }
}
