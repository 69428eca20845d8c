import Saving
import Testing

@Suite struct FingerprintTests {
    /// From the authors' own list, http://www.isthe.com/chongo/tech/comp/fnv.
    @Test(arguments: [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")])
    func givesTheAuthorsNumbers(_ text: String, _ expected: String) {
        #expect(Fingerprint(Array(text.utf8)).description == expected)
    }
}
