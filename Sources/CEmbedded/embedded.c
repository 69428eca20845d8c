#include "CEmbedded.h"

// Clang takes #embed in any C, and says that C11 does not know it.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char train_images[] = {
#embed "../../Fixtures/digits/train-images-idx3-ubyte.gz"
};
static const unsigned char train_labels[] = {
#embed "../../Fixtures/digits/train-labels-idx1-ubyte.gz"
};
static const unsigned char test_images[] = {
#embed "../../Fixtures/digits/t10k-images-idx3-ubyte.gz"
};
static const unsigned char test_labels[] = {
#embed "../../Fixtures/digits/t10k-labels-idx1-ubyte.gz"
};

const cembedded_file cembedded_digits[cembedded_digits_count] = {
    {"train-images-idx3-ubyte.gz", train_images, sizeof train_images},
    {"train-labels-idx1-ubyte.gz", train_labels, sizeof train_labels},
    {"t10k-images-idx3-ubyte.gz", test_images, sizeof test_images},
    {"t10k-labels-idx1-ubyte.gz", test_labels, sizeof test_labels},
};

static const unsigned char digits_model[] = {
#embed "../../Fixtures/models/digits.keras"
};
const cembedded_file cembedded_digits_model = {"digits.keras", digits_model, sizeof digits_model};

static const unsigned char digits_distance[] = {
#embed "../../Fixtures/models/digits.distance"
};
const cembedded_file cembedded_digits_distance = {"digits.distance", digits_distance, sizeof digits_distance};
