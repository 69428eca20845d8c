import KerasFiles
import Networks
import Tensors

extension Template {
    /// Every layer and operation with its options and a call, one on a line, for who sweeps over them.
    package static func lines() -> [String] {
        all(.keras3).values.joined().sorted { $0.kerasName < $1.kerasName }.map { template in
            JSON.text(
                .object([
                    "class": .string(template.kerasName), "layer": .object(template.declaration),
                    "node": template.node, "inputs": .array(template.inputs.map { .array($0.map { .int($0) }) }),
                    "outputs": .int(template.outputs), "indices": .bool(template.takesIndices),
                ]))
        }
    }
}

/// The classes of the registry that no generated model has by itself.
package var classesWithoutTemplate: [String] {
    let known = Template.all(.keras3).merging(Template.all(.keras2)) { one, _ in one }
    return (LayerRegistry.keras.classNames + LayerRegistry.keras.operationNames).filter { known[$0] == nil }
}
