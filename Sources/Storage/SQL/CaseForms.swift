extension Unicode.Scalar {
    /// The letter in each of its cases that is a single one too, itself first. No locale of a database has a say in it.
    var caseForms: String.UnicodeScalarView {
        let cases = [properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping]
        var forms = String.UnicodeScalarView([self])
        for form in cases.map(\.unicodeScalars) {
            if form.count == 1, let form = form.first, !forms.contains(form) { forms.append(form) }
        }
        return forms
    }
}
