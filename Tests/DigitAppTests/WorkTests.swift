import Foundation
import Images
import Testing

/// What a client may make the server do.
@Suite(.serialized) struct WorkTests {
    /// Dots of one pixel each.
    private static func dots(_ side: Int) -> Data {
        let pixels = (0..<(side * side)).map { $0 % side % 3 == 0 && $0 / side % 3 == 0 ? "255" : "0" }
        return Data(#"{"width":\#(side),"height":\#(side),"pixels":[\#(pixels.joined(separator: ","))]}"#.utf8)
    }

    /// Strokes beside each other, as many as are asked for.
    private static func strokes(_ count: Int) -> Data {
        let (width, height) = (count * 20 + 10, 40)
        let bytes = (0..<(width * height)).map { place -> UInt8 in
            let (x, y) = (place % width, place / width)
            return x % 20 >= 10 && x % 20 < 14 && (6..<34).contains(y) ? 0 : 255
        }
        return Data(RasterImage(width: width, height: height, bytes: bytes).png())
    }

    @Test(arguments: ["?multi=1", "?multi=1&steps=1", "?multi=1&explain=1"])
    func refusesMorePiecesThanDigitsAreRead(_ query: String) async throws {
        let server = try AppServer()
        for side in [100, 400] {
            let reply = try await server.ask(
                "api/recognize" + query, "POST", body: Self.dots(side), type: "application/json")
            #expect(reply.status == 400)
            #expect(try reply.problem == "too_much_ink")
        }
        let reply = try await server.ask(
            "api/corrections?label=1&multi=1", "POST", body: Self.dots(100), type: "application/json")
        #expect(reply.status == 403)
        #expect(try await server.ask("healthz").status == 200)
    }

    @Test func sendsThePictureOnceAndExplainsSome() async throws {
        let server = try AppServer()
        func ask(_ query: String) async throws -> (json: [String: Any], digits: [[String: Any]], bytes: Int) {
            let reply = try await server.ask(
                "api/recognize?drawing=1&multi=1" + query, "POST", body: Self.strokes(40), type: "image/png")
            #expect(reply.status == 200)
            let json = try reply.json
            return (json, try #require(json["digits"] as? [[String: Any]]), reply.body.count)
        }
        let plain = try await ask("")
        #expect(plain.digits.count == 40 && plain.json["ink"] == nil)
        let steps = try await ask("&steps=1")
        let ink = try #require((steps.json["ink"] as? String).flatMap { Data(base64Encoded: $0) })
        let image = try RasterImage(decoding: Array(ink), name: "ink")
        #expect(image.width == steps.json["width"] as? Int && image.height == steps.json["height"] as? Int)
        for digit in steps.digits {
            let parts = try #require(digit["steps"] as? [String: Any])
            #expect(parts.keys.sorted() == ["cropped", "fitted", "pixels", "shift"])
        }
        let all = try await ask("&explain=1")
        #expect(all.digits.count { $0["heat"] != nil && $0["layers"] != nil } == 16)
        let one = try await ask("&explain=1&index=30")
        #expect(one.digits.indices.filter { one.digits[$0]["heat"] != nil } == [30])
        #expect(try await ask("&explain=1&index=99").digits.allSatisfy { $0["heat"] == nil })
    }

    /// A crop that is as large as a large drawing is shown smaller.
    @Test func boundsWhatAnAnswerShows() async throws {
        let side = 1500
        let bytes = (0..<(side * side)).map { place -> UInt8 in
            abs(place % side - place / side) < 40 ? 0 : 255
        }
        let server = try AppServer()
        let reply = try await server.ask(
            "api/recognize?drawing=1&steps=1", "POST",
            body: Data(RasterImage(width: side, height: side, bytes: bytes).png()), type: "image/png")
        #expect(reply.status == 200)
        #expect(try reply.json["width"] as? Int == 1024)
        let digit = try #require((try reply.json["digits"] as? [[String: Any]])?.first)
        let cropped = try #require((digit["steps"] as? [String: Any])?["cropped"] as? [String: Any])
        #expect(cropped["width"] as? Int == 256)
    }

    /// Large pictures are read one after the other; whoever comes when the queue is full is told when to come again.
    @Test func answersEverybodyWhoSendsMuch() async throws {
        let server = try AppServer()
        let large = Data(RasterImage(width: 2000, height: 2000, bytes: [UInt8](repeating: 230, count: 4_000_000)).png())
        let replies = try await withThrowingTaskGroup(of: AppServer.Reply.self) { group in
            for _ in 0..<12 {
                group.addTask { try await server.ask("api/recognize", "POST", body: large, type: "image/png") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for reply in replies {
            #expect([200, 503].contains(reply.status))
            #expect((reply.status == 503) == (reply.fields["retry-after"] != nil))
            if reply.status == 503 { #expect(try reply.problem == "busy") }
        }
        #expect(replies.contains { $0.status == 200 })
    }

    @Test func namesTheRealLimit() async throws {
        let server = try AppServer()
        var file = RasterImage(width: 1, height: 1, bytes: [0]).png()
        file.replaceSubrange(16..<24, with: [0, 0, 0x40, 0, 0, 0, 0x40, 0])
        let reply = try await server.ask("api/recognize", "POST", body: Data(file), type: "image/png")
        #expect(reply.status == 400)
        let error = try #require(try reply.json["error"] as? [String: Any])
        #expect((error["remedy"] as? String)?.contains("67108864 pixels") == true, "\(error)")
    }
}
