// One import for who uses the libraries: models, running, training, and Keras' files.
@_exported import KerasFiles
@_exported import Networks
@_exported import Runtime
@_exported import Tensors
@_exported import Training
