import Tensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file of events that TensorBoard opens.
///
/// TFRecord frames, each `length (8 bytes) · masked CRC-32C of it (4) · message · masked CRC-32C of that (4)`, little-endian;
/// each message is a `tensorflow.Event`, the first of which names the version.
package final class EventFile {
    package let path: String
    private let file: UnsafeMutablePointer<FILE>

    /// Makes a new file in a folder, which is made too where it is missing.
    ///
    /// - Parameter time: seconds since 1970; part of the name, as TensorFlow's.
    package init(in folder: String, time: Double) throws(DataError) {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try Self.makeFolder(folder)
        // Two runs within a second get files of their own.
        for number in 0... {
            let candidate = "\(folder)/events.out.tfevents.\(Int(time)).\(host).\(getpid()).\(number).v2"
            if let file = fopen(candidate, "wbx") {
                (path, self.file) = (candidate, file)
                try write { event in
                    event.add(1, time)
                    event.add(3, "brain.Event:2")
                }
                return
            }
            guard errno == EEXIST else { throw .unwritable(file: candidate, reason: lastReason()) }
        }
        preconditionFailure("numbers never end")
    }

    deinit { fclose(file) }

    private static func makeFolder(_ path: String) throws(DataError) {
        var done = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            done += done.isEmpty || done == "/" ? String(part) : "/" + part
            if mkdir(done, 0o777) != 0 && errno != EEXIST {
                throw .unwritable(file: done, reason: lastReason())
            }
        }
    }

    /// Adds an event.
    private func write(_ fill: (inout ProtoWriter) -> Void) throws(DataError) {
        var event = ProtoWriter()
        fill(&event)
        var length = ProtoWriter()
        length.little(UInt64(event.bytes.count))
        var frame = length
        frame.little(CRC32C.masked(length.bytes))
        var end = ProtoWriter()
        end.little(CRC32C.masked(event.bytes))
        let bytes = frame.bytes + event.bytes + end.bytes
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count, fflush(file) == 0 else {
            throw .unwritable(file: path, reason: lastReason())
        }
    }

    /// Adds a number under a name.
    func add(scalar value: Double, _ tag: String, step: Int, time: Double) throws(DataError) {
        try add(tag, plugin: "scalars", step: step, time: time) { tensor in
            tensor.add(1, UInt64(1))  // DT_FLOAT
            tensor.add(2) { _ in }  // a single number has no extents
            var number = ProtoWriter()
            number.little(Float(value).bitPattern)
            tensor.add(4, number.bytes)
        }
    }

    /// Adds how numbers are distributed: rows of left edge, right edge and how many lie between.
    func add(histogram rows: [(Double, Double, Double)], _ tag: String, step: Int, time: Double) throws(DataError) {
        try add(tag, plugin: "histograms", step: step, time: time) { tensor in
            tensor.add(1, UInt64(2))  // DT_DOUBLE
            tensor.add(2) { shape in
                for extent in [rows.count, 3] { shape.add(2) { $0.add(1, UInt64(extent)) } }
            }
            var numbers = ProtoWriter()
            for (left, right, count) in rows {
                for number in [left, right, count] { numbers.little(number.bitPattern) }
            }
            tensor.add(4, numbers.bytes)
        }
    }

    /// Adds a model, as the JSON that Keras makes of it.
    func add(model: String, _ tag: String, step: Int, time: Double) throws(DataError) {
        try add(tag, plugin: "graph_keras_model", content: "1", step: step, time: time) { tensor in
            tensor.add(1, UInt64(7))  // DT_STRING
            tensor.add(2) { _ in }
            tensor.add(8, model)
        }
    }

    private func add(
        _ tag: String, plugin: String, content: String = "", step: Int, time: Double,
        _ tensor: @escaping (inout ProtoWriter) -> Void
    ) throws(DataError) {
        try write { event in
            event.add(1, time)
            event.add(2, UInt64(step))
            event.add(5) { summary in
                summary.add(1) { value in
                    value.add(1, tag)
                    value.add(8, tensor)
                    value.add(9) { metadata in
                        metadata.add(1) { data in
                            data.add(1, plugin)
                            if !content.isEmpty { data.add(2, content) }
                        }
                        // What kind of data it is: 1 a scalar, 2 a tensor.
                        if plugin == "scalars" { metadata.add(4, UInt64(1)) }
                        if plugin == "histograms" { metadata.add(4, UInt64(2)) }
                    }
                }
            }
        }
    }
}

/// Seconds since 1970.
func wallTime() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
