#include "CPages.h"

// Clang takes #embed in any C, and says that C11 does not know it.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "../digit-app/Public/index.html"
};
static const unsigned char style_css[] = {
#embed "../digit-app/Public/style.css"
};
static const unsigned char icon_svg[] = {
#embed "../digit-app/Public/icon.svg"
};
static const unsigned char openapi_json[] = {
#embed "../digit-app/Public/openapi.json"
};
static const unsigned char answer_js[] = {
#embed "../digit-app/Public/answer.js"
};
static const unsigned char api_js[] = {
#embed "../digit-app/Public/api.js"
};
static const unsigned char correction_js[] = {
#embed "../digit-app/Public/correction.js"
};
static const unsigned char diagram_js[] = {
#embed "../digit-app/Public/diagram.js"
};
static const unsigned char drawing_js[] = {
#embed "../digit-app/Public/drawing.js"
};
static const unsigned char inside_js[] = {
#embed "../digit-app/Public/inside.js"
};
static const unsigned char keyboard_js[] = {
#embed "../digit-app/Public/keyboard.js"
};
static const unsigned char main_js[] = {
#embed "../digit-app/Public/main.js"
};
static const unsigned char model_js[] = {
#embed "../digit-app/Public/model.js"
};
static const unsigned char paint_js[] = {
#embed "../digit-app/Public/paint.js"
};
static const unsigned char pictures_js[] = {
#embed "../digit-app/Public/pictures.js"
};
static const unsigned char pointer_js[] = {
#embed "../digit-app/Public/pointer.js"
};
static const unsigned char stage_js[] = {
#embed "../digit-app/Public/stage.js"
};
static const unsigned char steps_js[] = {
#embed "../digit-app/Public/steps.js"
};
static const unsigned char theme_js[] = {
#embed "../digit-app/Public/theme.js"
};

#define PAGE(file, name) {name, file, sizeof file}

static const cpages_file files[] = {
    PAGE(index_html, "index.html"),
    PAGE(style_css, "style.css"),
    PAGE(icon_svg, "icon.svg"),
    PAGE(openapi_json, "openapi.json"),
    PAGE(answer_js, "answer.js"),
    PAGE(api_js, "api.js"),
    PAGE(correction_js, "correction.js"),
    PAGE(diagram_js, "diagram.js"),
    PAGE(drawing_js, "drawing.js"),
    PAGE(inside_js, "inside.js"),
    PAGE(keyboard_js, "keyboard.js"),
    PAGE(main_js, "main.js"),
    PAGE(model_js, "model.js"),
    PAGE(paint_js, "paint.js"),
    PAGE(pictures_js, "pictures.js"),
    PAGE(pointer_js, "pointer.js"),
    PAGE(stage_js, "stage.js"),
    PAGE(steps_js, "steps.js"),
    PAGE(theme_js, "theme.js"),
};

const cpages_file *cpages_files(void) { return files; }
size_t cpages_count(void) { return sizeof files / sizeof *files; }

// What `keras-bridge verify --report` found about the model that is part of the program; none is no error.
#if __has_embed("../../Fixtures/models/digits.verify.json")
static const unsigned char report[] = {
#embed "../../Fixtures/models/digits.verify.json"
};
const cpages_file cpages_report = {"digits.verify.json", report, sizeof report};
#else
const cpages_file cpages_report = {"digits.verify.json", 0, 0};
#endif
