/// A file on the web that is known to the last byte.
package struct RemoteFile: Sendable, Hashable {
    package var url: String
    /// What it is called on disk.
    package var name: String
    /// Its length; a server that sends more is stopped.
    package var byteCount: Int
    package var sha256: String

    package init(url: String, name: String, byteCount: Int, sha256: String) {
        self.url = url
        self.name = name
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}

extension RemoteFile {
    private static let kerasFolder = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

    /// What can be downloaded: from where Keras itself takes these sets.
    package static let known: [DatasetName: [RemoteFile]] = [
        .mnist: [
            RemoteFile(
                url: kerasFolder + "mnist.npz", name: "mnist.npz", byteCount: 11_490_434,
                sha256: "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")
        ],
        .fashionMNIST: [
            RemoteFile(
                url: kerasFolder + "train-labels-idx1-ubyte.gz", name: "train-labels-idx1-ubyte.gz", byteCount: 29_515,
                sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            RemoteFile(
                url: kerasFolder + "train-images-idx3-ubyte.gz", name: "train-images-idx3-ubyte.gz",
                byteCount: 26_421_880, sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            RemoteFile(
                url: kerasFolder + "t10k-labels-idx1-ubyte.gz", name: "t10k-labels-idx1-ubyte.gz", byteCount: 5_148,
                sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
            RemoteFile(
                url: kerasFolder + "t10k-images-idx3-ubyte.gz", name: "t10k-images-idx3-ubyte.gz", byteCount: 4_422_102,
                sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        ],
    ]
}
