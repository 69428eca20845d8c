import Foundation
import Networks
import Parity
import Tensors
import TestSupport
import Testing

@Suite struct STFTSpectrogramTests {
    /// A kernel made by Keras' initializer, from the same words.
    @Test(arguments: FourierWaves.Part.allCases, [nil, .density, .spectrum] as [FourierWaves.Scaling?])
    func kernelsAreThoseOfKeras(_ part: FourierWaves.Part, _ scaling: FourierWaves.Scaling?) throws {
        let waves = FourierWaves(part, window: .values([0.25, 1, 0.5, 2, 1]), scaling: scaling)
        let expected = try LiveKeras.of(.keras3).run(
            """
            stft = keras.initializers.STFT("\(part.rawValue)", [0.25, 1, 0.5, 2, 1], \
            \(scaling.map { "\"\($0.rawValue)\"" } ?? "None"))
            outputs = [np.asarray(stft((5, 1, 5)), "float32")]
            """, inputs: []
        ).outputs[0]
        let found = Initializer.fourier(waves).draw([5, 1, 5], Random(seed: 0))
        #expect(found.shape == expected.shape)
        #expect(zip(found.elements, expected.elements).allSatisfy { abs($0 - $1) <= 1e-6 })
    }

    /// Of a window, the kernel of frequency 0 is the window itself.
    @Test(arguments: [
        (SpectralWindow.Name.hann, false, [0, 0.5, 1, 0.5, 0]),
        (.hann, true, [0, 0.345492, 0.904508, 0.904508, 0.345492]),
        (.hamming, false, [0.08, 0.54, 1, 0.54, 0.08]), (.blackman, false, [0, 0.34, 1, 0.34, 0]),
        (.boxcar, false, [1, 1, 1, 1, 1]),
    ])
    func windowsAreThoseOfSciPy(_ name: SpectralWindow.Name, _ isPeriodic: Bool, _ expected: [Float]) {
        let waves = FourierWaves(window: .cosines(name), scaling: nil, isPeriodic: isPeriodic)
        let kernel = Initializer.fourier(waves).draw([5, 1, 3], Random(seed: 0))
        for t in 0..<5 { #expect(abs(kernel[t * 3] - expected[t]) <= 1e-6) }
    }

    @Test func aToneIsLoudestAtItsFrequency() throws {
        let layer = STFTSpectrogram(mode: .magnitude, frameLength: 16)
        let tone = Tensor([1, 64, 1], (0..<64).map { cos(2 * .pi * 3 * Float($0) / 16) })
        let weights = try layer.weights(for: tone.shape).map { $0.initializer.draw($0.shape, Random(seed: 0)) }
        let y = layer.forward(tone, weights, Context()).y
        #expect(y.shape == [1, 7, 9])
        for frame in 0..<7 {
            let row = Array(y.elements[frame * 9..<(frame + 1) * 9])
            #expect(row.firstIndex(of: row.max() ?? 0) == 3)
        }
    }
}
