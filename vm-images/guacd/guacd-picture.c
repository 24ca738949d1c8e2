/*
 * SPDX-License-Identifier: Apache-2.0
 *
 * Makes guacd 1.3.0 send every picture without loss, and fast. guacd sends JPEG for what moves and never repaints it when
 * it has come to rest, so what a physician reads could stay blurred; and its own PNGs take several times as long to make.
 *
 * Preloaded, this stands before the two functions of libguac by which guacd sends parts of the screen. Both then send
 * PNG as made here: grey where every pixel is grey, as medical pictures are, which is a third of the bytes; one filter;
 * and libdeflate at its fastest. With VITRINE_LOSSLESS=0 in the environment guacd sends JPEG as it always did.
 */
#define _GNU_SOURCE
#include <cairo/cairo.h>
#include <dlfcn.h>
#include <guacamole/client.h>
#include <guacamole/protocol-constants.h>
#include <guacamole/protocol.h>
#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As much of a picture as guacd puts into one instruction. */
#define BLOB_BYTES GUAC_PROTOCOL_BLOB_MAX_LENGTH
#define LEVEL 1
/* Signature, IHDR and IEND as a whole, and what stands around the data of IDAT. */
#define FRAME_BYTES (8 + 25 + 12 + 12)
#define FILTER_UP 2
#define LARGEST_SIDE 16384

enum colour { GREY = 0, RGB = 2 };

typedef void send_png(guac_client *, guac_socket *, guac_composite_mode, const guac_layer *, int, int, cairo_surface_t *);
typedef void send_jpeg(guac_client *, guac_socket *, guac_composite_mode, const guac_layer *, int, int, cairo_surface_t *,
        int);

struct pixels {
    const unsigned char *data;
    int width, height, stride;
};

struct bytes {
    unsigned char *data;
    size_t length;
};

static void *next(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        _exit(127);
    return found;
}

static const uint32_t *row_of(const struct pixels *picture, int y) {
    return (const uint32_t *) (const void *) (picture->data + (size_t) y * (size_t) picture->stride);
}

/* Finds out whether every pixel is grey, and answers 0 if one of them can be seen through. */
static int examine(const struct pixels *picture, int has_alpha, enum colour *colour) {
    uint32_t coloured = 0, opaque = 0xFF000000;
    for (int y = 0; y < picture->height; y++) {
        const uint32_t *row = row_of(picture, y);
        for (int x = 0; x < picture->width; x++) {
            coloured |= (row[x] ^ (row[x] >> 8)) & 0xFFFF;
            opaque &= row[x];
        }
    }
    *colour = coloured == 0 ? GREY : RGB;
    return !has_alpha || opaque == 0xFF000000;
}

static void unpack(const uint32_t *row, int width, enum colour colour, unsigned char *to) {
    if (colour == GREY) {
        for (int x = 0; x < width; x++)
            to[x] = (unsigned char) row[x];
        return;
    }
    for (int x = 0; x < width; x++) {
        to[3 * x] = (unsigned char) (row[x] >> 16);
        to[3 * x + 1] = (unsigned char) (row[x] >> 8);
        to[3 * x + 2] = (unsigned char) row[x];
    }
}

/* Writes the rows as PNG wants them: each begins with its filter and holds the differences to the row above it. */
static int filter_rows(const struct pixels *picture, enum colour colour, unsigned char *to) {
    const size_t row_bytes = (size_t) picture->width * (colour == GREY ? 1 : 3);
    unsigned char *rows = calloc(2, row_bytes);
    if (rows == NULL)
        return 0;
    unsigned char *above = rows, *here = rows + row_bytes;
    for (int y = 0; y < picture->height; y++) {
        unpack(row_of(picture, y), picture->width, colour, here);
        *to++ = FILTER_UP;
        for (size_t i = 0; i < row_bytes; i++)
            to[i] = (unsigned char) (here[i] - above[i]);
        to += row_bytes;
        unsigned char *spare = above;
        above = here;
        here = spare;
    }
    free(rows);
    return 1;
}

static void put_number(unsigned char *to, uint32_t number) {
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char) (number >> (24 - 8 * i));
}

/* Finishes a chunk whose data lies at `chunk + 8` already, and answers where the next one begins. */
static unsigned char *put_chunk(unsigned char *chunk, const char *type, size_t length) {
    put_number(chunk, (uint32_t) length);
    memcpy(chunk + 4, type, 4);
    put_number(chunk + 8 + length, libdeflate_crc32(0, chunk + 4, 4 + length));
    return chunk + 12 + length;
}

/* The caller frees the data. Without data when the picture is none that is made here, or there is no memory. */
static struct bytes encode(cairo_surface_t *surface) {
    const struct bytes nothing = { NULL, 0 };
    cairo_surface_flush(surface);
    const struct pixels picture = {
        cairo_image_surface_get_data(surface), cairo_image_surface_get_width(surface),
        cairo_image_surface_get_height(surface), cairo_image_surface_get_stride(surface),
    };
    const cairo_format_t format = cairo_image_surface_get_format(surface);
    enum colour colour;
    if ((format != CAIRO_FORMAT_RGB24 && format != CAIRO_FORMAT_ARGB32) || picture.data == NULL || picture.width < 1
            || picture.height < 1 || picture.width > LARGEST_SIDE || picture.height > LARGEST_SIDE
            || !examine(&picture, format == CAIRO_FORMAT_ARGB32, &colour))
        return nothing;

    const size_t raw_bytes = ((size_t) picture.width * (colour == GREY ? 1 : 3) + 1) * (size_t) picture.height;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    unsigned char *raw = malloc(raw_bytes);
    const size_t room = compressor == NULL ? 0 : libdeflate_zlib_compress_bound(compressor, raw_bytes);
    struct bytes png = { malloc(FRAME_BYTES + room), 0 };
    if (compressor != NULL && raw != NULL && png.data != NULL && filter_rows(&picture, colour, raw)) {
        memcpy(png.data, "\x89PNG\r\n\x1a\n", 8);
        unsigned char *chunk = png.data + 8;
        put_number(chunk + 8, (uint32_t) picture.width);
        put_number(chunk + 12, (uint32_t) picture.height);
        const unsigned char rest[] = { 8, (unsigned char) colour, 0, 0, 0 };
        memcpy(chunk + 16, rest, sizeof(rest));
        chunk = put_chunk(chunk, "IHDR", 13);
        const size_t data_bytes = libdeflate_zlib_compress(compressor, raw, raw_bytes, chunk + 8, room);
        if (data_bytes > 0) {
            chunk = put_chunk(chunk, "IDAT", data_bytes);
            chunk = put_chunk(chunk, "IEND", 0);
            png.length = (size_t) (chunk - png.data);
        }
    }
    libdeflate_free_compressor(compressor);
    free(raw);
    if (png.length > 0)
        return png;
    free(png.data);
    return nothing;
}

void guac_client_stream_png(guac_client *client, guac_socket *socket, guac_composite_mode mode, const guac_layer *layer,
        int x, int y, cairo_surface_t *surface) {
    const struct bytes png = encode(surface);
    if (png.data == NULL) {
        ((send_png *) next("guac_client_stream_png"))(client, socket, mode, layer, x, y, surface);
        return;
    }
    guac_stream *stream = guac_client_alloc_stream(client);
    guac_protocol_send_img(socket, stream, mode, layer, "image/png", x, y);
    for (size_t at = 0; at < png.length; at += BLOB_BYTES) {
        const size_t left = png.length - at;
        guac_protocol_send_blob(socket, stream, png.data + at, (int) (left < BLOB_BYTES ? left : BLOB_BYTES));
    }
    guac_protocol_send_end(socket, stream);
    guac_client_free_stream(client, stream);
    free(png.data);
}

void guac_client_stream_jpeg(guac_client *client, guac_socket *socket, guac_composite_mode mode, const guac_layer *layer,
        int x, int y, cairo_surface_t *surface, int quality) {
    const char *setting = getenv("VITRINE_LOSSLESS");
    if (setting != NULL && strcmp(setting, "0") == 0)
        ((send_jpeg *) next("guac_client_stream_jpeg"))(client, socket, mode, layer, x, y, surface, quality);
    else
        guac_client_stream_png(client, socket, mode, layer, x, y, surface);
}
