#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Working memory that each thread keeps from one kernel to the next, so that a warm kernel allocates nothing.
///
/// A buffer holds anything when it is handed out. It belongs to the caller until the next request for the same
/// purpose on the same thread; a task that other threads run must not use one that its starter holds, except to read.
enum Scratch: Int {
    /// Rows of A, packed: used inside one task.
    case rows
    /// Columns of B, packed, or a transformed kernel: filled and read by all tasks of a run.
    case columns
    /// A kernel in another order, on its way to `columns`.
    case reordered
    /// Results before they go where they belong: used inside one task.
    case tiles
    /// Tiles in Winograd's domain, of the input and of the output: used inside one task.
    case inputPoints, outputPoints
    /// A kernel in Winograd's domain, before the matrix unit gets it in pieces.
    case pieces
    /// Lines of an image between two layers, and a pixel of zeros: used inside one task.
    case lines
    /// What is not zero in a block of A: used inside one task.
    case nonzeros
    /// Partial results that a run's starter adds up.
    case partials

    /// At least `count` floats, 64-byte aligned, on this thread.
    static func floats(_ count: Int, for purpose: Scratch) -> UnsafeMutablePointer<Float> {
        let drawers: Drawers
        if let known = pthread_getspecific(key) {
            drawers = Unmanaged<Drawers>.fromOpaque(known).takeUnretainedValue()
        } else {
            drawers = Drawers()
            pthread_setspecific(key, Unmanaged.passRetained(drawers).toOpaque())
        }
        return drawers.floats(count, purpose.rawValue)
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key, release)
        precondition(status == 0, "no thread-local storage left (pthread_key_create: \(status))")
        return key
    }()

    #if canImport(Darwin)
        private static let release: @convention(c) (UnsafeMutableRawPointer) -> Void = {
            Unmanaged<Drawers>.fromOpaque($0).release()
        }
    #else
        private static let release: @convention(c) (UnsafeMutableRawPointer?) -> Void = {
            if let drawers = $0 { Unmanaged<Drawers>.fromOpaque(drawers).release() }
        }
    #endif
}

/// One buffer for each purpose, of one thread; each grows to what was asked for most.
private final class Drawers {
    private var buffers: [UnsafeMutableBufferPointer<Float>] = []

    func floats(_ count: Int, _ drawer: Int) -> UnsafeMutablePointer<Float> {
        while buffers.count <= drawer { buffers.append(Drawers.allocate(1024)) }
        #if FRESH_MEMORY
            // Nothing of what was in it, and no more than was asked for.
            let fresh = FreshMemory.buffer(count * MemoryLayout<Float>.stride).bindMemory(to: Float.self)
            buffers[drawer].deallocate()
            buffers[drawer] = fresh
        #endif
        if buffers[drawer].count < count {
            buffers[drawer].deallocate()
            buffers[drawer] = Drawers.allocate(count)
        }
        guard let start = buffers[drawer].baseAddress else { preconditionFailure("a scratch buffer has memory") }
        return start
    }

    private static func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
        return UnsafeMutableBufferPointer(start: memory.bindMemory(to: Float.self, capacity: count), count: count)
    }

    deinit { for buffer in buffers { buffer.deallocate() } }
}
