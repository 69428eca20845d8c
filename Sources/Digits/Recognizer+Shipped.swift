import CEmbedded
import KerasFiles
import Tensors

extension Recognizer {
    /// The model that is part of this program: `Fixtures/models/digits.keras`, trained by `keras-bridge train`.
    ///
    /// It knows how far from its digits an image is; `Scripts/make_digits_distance.py` measured them.
    ///
    /// - Throws: ``KerasError`` or ``RecognizerError``, which only a broken build does.
    public static func shipped(pool: WorkerPool = .shared) throws -> Recognizer {
        let file = cembedded_digits_model
        let bytes = UnsafeRawBufferPointer(start: file.bytes, count: file.count)
        let name = String(cString: file.name)
        let distance = cembedded_digits_distance
        return try Recognizer(
            KerasFile.read(archive: bytes, named: name).model, name: name,
            distance: MahalanobisDistance(UnsafeRawBufferPointer(start: distance.bytes, count: distance.count)),
            pool: pool)
    }
}
