// One import for who uses the libraries: models, running, training, and Keras' files.
@_exported import Network
@_exported import Tensors
