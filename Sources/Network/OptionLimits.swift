import Tensors

/// The largest value of each option that counts something: extents, cells, axes, repetitions.
///
/// Options that cost time or memory by themselves, whatever the shapes, have smaller limits than others, still far above
/// what any network has; seeds and tokens, which count nothing, have none.
enum OptionLimits {
    /// The largest value of any of them.
    static let any = ShapeLimits.extent

    private static let largest: [String: Int] = [
        // Each costs time or memory by itself.
        "bins": 1 << 16,
        "blur kernel_size": 1 << 10,  // of RandomGaussianBlur; those of convolutions are weights
        "chain_depth": 1 << 10,
        "max_tokens": 1 << 24,
        "nb_feature": 1 << 16,
        "num_chains": 1 << 10,
        "num_oov_indices": 1 << 20,
        "num_ops": 1 << 10,
        "power_iterations": 1 << 10,
        "tile_grid_size": 1 << 12,
        // Windows of samples and their frequencies are tabled.
        "fft_length": 1 << 20,
        "frame_length": 1 << 20,
        "num_mel_bins": 1 << 16,
    ]

    /// The largest value of an option, and of its negative.
    static func most(_ option: String) -> Int { largest[option] ?? any }

    /// What messages add to what they expect.
    static func words(_ option: String) -> String { " up to \(most(option))" }
}

extension OptionValue {
    /// A whole number that counts something, within the option's limit.
    func count(_ option: String) -> Int? {
        int.flatMap { (-OptionLimits.most(option)...OptionLimits.most(option)).contains($0) ? $0 : nil }
    }
}
