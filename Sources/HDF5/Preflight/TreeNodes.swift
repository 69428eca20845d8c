/// The head of a node of a B-tree of version 1.
struct TreeNode {
    var address: Int
    var level: Int
    var count: Int
    var left: Int?
    var right: Int?
}

extension Preflight {
    /// TREE, kind, level, number of children 2, left neighbour 8, right neighbour 8.
    ///
    /// - Parameters:
    ///   - kind: 0 for groups, 1 for chunks.
    ///   - level: the height above the leaves, if the node is not the root.
    ///   - most: how many children a node may have.
    func readTreeHead(
        _ node: inout ByteCursor, at address: Int, kind: Int, level: Int?, most: Int
    ) throws(HDF5Error) -> TreeNode {
        try node.expect("TREE")
        guard try node.u8() == kind else { throw node.damaged("it is one of another kind") }
        let found = try node.u8()
        guard level == nil || found == level else { throw node.damaged("a node stands on the wrong level") }
        let count = try node.u16()
        guard count <= most else { throw node.damaged("a node has \(count) children, where \(most) are the most") }
        return try TreeNode(
            address: address, level: found, count: count, left: node.address(), right: node.address())
    }

    /// Checks that the nodes of each level name each other as neighbours.
    func checkSiblings(_ levels: [Int: [TreeNode]]) throws(HDF5Error) {
        for nodes in levels.values {
            for (index, node) in nodes.enumerated() {
                let left = index == 0 ? nil : nodes[index - 1].address
                let right = index == nodes.count - 1 ? nil : nodes[index + 1].address
                guard node.left == left, node.right == right else {
                    throw damaged("the B-tree's node at byte \(node.address) names the wrong neighbours")
                }
            }
        }
    }
}
