#if FRESH_MEMORY
    /// What tensors and scratch buffers hold before somebody writes them, in the build that `Scripts/fuzz_models.sh` makes.
    ///
    /// There each buffer is as large as was asked for and is used once, so that a sanitizer sees who leaves it; and two
    /// runs with different fillings tell who reads what nobody wrote.
    public enum FreshMemory {
        /// Changed between runs only.
        nonisolated(unsafe) public static var filling: Float = .nan

        static func buffer(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: byteCount, alignment: BufferCache.alignment)
            buffer.bindMemory(to: Float.self).update(repeating: filling)
            return buffer
        }
    }
#endif
