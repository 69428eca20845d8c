import Networks
import Tensors

extension LayerCase {
    /// Layers over sounds.
    static let spectrograms: [LayerCase] = shortTime + mel

    private static var shortTime: [LayerCase] {
        let bare = FourierWaves(window: nil)
        let modes = STFTSpectrogram.Mode.allCases.flatMap { mode in
            [
                LayerCase(STFTSpectrogram(mode: mode, frameLength: 8, waves: bare), [2, 21, 2]),
                LayerCase(
                    STFTSpectrogram(
                        mode: mode, frameLength: 5, frameStep: 3, fftLength: 6, waves: bare, padding: .same,
                        expandsDims: true, isChannelsFirst: true), [2, 3, 10]),
            ]
        }
        let window = SpectralWindow.values([0.5, 1, 2, 1])
        return modes + [
            LayerCase(
                STFTSpectrogram(
                    frameLength: 4, frameStep: 1, waves: FourierWaves(window: window, scaling: .spectrum),
                    expandsDims: true), [1, 9, 3]),
            LayerCase(
                STFTSpectrogram(
                    mode: .psd, frameLength: 4, waves: FourierWaves(window: window, scaling: nil),
                    isChannelsFirst: true), [3, 1, 7]),
            // To Keras, SciPy says what these are.
            LayerCase(STFTSpectrogram(mode: .magnitude, frameLength: 6), [2, 12, 1], isInKeras: false),
            LayerCase(
                STFTSpectrogram(
                    mode: .real, frameLength: 6, waves: FourierWaves(window: .cosines(.blackman), isPeriodic: true)),
                [2, 12, 1], isInKeras: false),
        ]
    }

    private static var mel: [LayerCase] {
        func layer(
            _ fft: Int = 32, stride: Int = 8, length: Int? = nil, window: SpectralWindow? = .cosines(.hann),
            decibels: Bool = true, top: Double = 80, exponent: Double = 2
        ) -> MelSpectrogram {
            MelSpectrogram(
                fftLength: fft, sequenceStride: stride, sequenceLength: length, window: window, samplingRate: 8000,
                binCount: 5, minFrequency: 60, powerToDecibels: decibels, topDecibels: top,
                magnitudeExponent: exponent, referencePower: 0.5)
        }
        return [
            LayerCase(layer(), [2, 50]), LayerCase(layer(length: 20, window: .cosines(.hamming)), [1, 40]),
            LayerCase(layer(window: nil, decibels: false), [3, 33]),
            LayerCase(layer(16, stride: 5, decibels: false, exponent: 1), [2, 30]),
            LayerCase(layer(16, length: 3, window: .values([1, 2, 1]), decibels: false, exponent: 1.5), [2, 24]),
            LayerCase(layer(33, stride: 7, length: 31), [2, 60]),
            LayerCase(layer(top: 6), [2, 50]),
        ]
    }
}
