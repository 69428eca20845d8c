import ArgumentParser
import KerasBridge

/// Reads `--augment`, and says in a sentence what is wrong with it.
@Sendable func augmentation(_ text: String) throws -> Augmentation {
    do throws(AugmentationError) {
        return try Augmentation(text)
    } catch {
        throw ValidationError("--augment: \(error)")
    }
}
