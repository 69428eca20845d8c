import KerasFiles
import Testing

@Suite struct WeightNamesTests {
    // From Keras 3.15.1 itself: keras.src.utils.naming.to_snake_case.
    @Test(arguments: [
        ("Conv2D", "conv2d"), ("Conv2DTranspose", "conv2d_transpose"), ("DepthwiseConv2D", "depthwise_conv2d"),
        ("BatchNormalization", "batch_normalization"), ("MaxPooling2D", "max_pooling2d"),
        ("GlobalAveragePooling2D", "global_average_pooling2d"), ("ReLU", "re_lu"), ("LeakyReLU", "leaky_re_lu"),
        ("PReLU", "p_re_lu"), ("ELU", "elu"), ("LSTM", "lstm"), ("GRU", "gru"), ("SimpleRNN", "simple_rnn"),
        ("RNN", "rnn"), ("ConvLSTM2D", "conv_lstm2d"), ("LSTMCell", "lstm_cell"), ("InputLayer", "input_layer"),
        ("TFSMLayer", "tfsm_layer"), ("StackedRNNCells", "stacked_rnn_cells"), ("STFTSpectrogram", "stft_spectrogram"),
        ("RMSNormalization", "rms_normalization"), ("MultiHeadAttention", "multi_head_attention"),
        ("ZeroPadding2D", "zero_padding2d"), ("UpSampling2D", "up_sampling2d"), ("Dense", "dense"),
    ])
    func namesGroupsAsKerasDoes(_ className: String, _ name: String) {
        #expect(WeightNames.snakeCase(className) == name)
    }
}
